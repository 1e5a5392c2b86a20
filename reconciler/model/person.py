"""People as git names them, and their requests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from reconciler.model.text import MAX_PERSON, line


@dataclass(frozen=True, slots=True)
class Person:
    """A git identity: two bounded lines without `<` and `>` (design 3.10, point 6)."""

    name: str
    email: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", _part(self.name[: 4 * MAX_PERSON]))
        object.__setattr__(self, "email", _part(self.email[: 4 * MAX_PERSON]))

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


_NO_BRACKETS: Final = str.maketrans("<>", "  ")


@lru_cache(maxsize=4_000)  # a log of a hundred thousand commits has a few hundred people
def _part(text: str) -> str:
    return line(text.translate(_NO_BRACKETS), MAX_PERSON)


@dataclass(frozen=True, slots=True)
class Request:
    """Who caused a change: the author of the commit that changed the spec, or the person who ran the command."""

    person: Person
    commit: str | None = None
    """The commit that caused it; None if a command did."""
