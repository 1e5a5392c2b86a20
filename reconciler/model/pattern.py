"""Patterns: regular expressions that come from the branch, matched by RE2 in time linear in the text.

Python's own `re` backtracks without a limit, so anyone who may merge could stop every pass with one line. RE2 has no
back references and no lookaround; everything else is written in the same way, and Flux's policies use it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import re2

from reconciler.errors import InputError
from reconciler.model.excerpt import excerpt

MAX_LENGTH = 200
"""Characters of a pattern."""
_MAX_MEMORY = 1 << 20  # bytes; RE2's own bound of what a pattern may need


@lru_cache(maxsize=1000)
def _compiled(text: str, *, captures: bool = True) -> Any:  # noqa: ANN401 - RE2's module has no types
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    options.never_capture = not captures
    return re2.compile(text, options)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression; it matches anywhere in the text unless it is anchored with `^` and `$`."""

    text: str
    groups: tuple[str, ...] = field(default=(), compare=False)
    """Its capturing groups in order, each by its name, or by its number if it has none."""

    @classmethod
    def parse(cls, text: str, what: str) -> Pattern:
        """Read a pattern; `what` names its field. Raises `InputError` with the error in it."""
        if not text or len(text) > MAX_LENGTH:
            raise InputError(f"{what} is empty or longer than {MAX_LENGTH} characters. Write a shorter pattern.")
        try:
            compiled = _compiled(text)
        except re2.error as error:
            raise InputError(f"{what} {excerpt(text)} is not a pattern of RE2: {_reason(error)}.") from None
        names = {number: name for name, number in compiled.groupindex.items()}
        return cls(text, tuple(names.get(number, str(number)) for number in range(1, compiled.groups + 1)))

    def extract(self, text: str, group: str | None) -> str | None:
        """The text of a group, or of the whole match for None; None if nothing matched or the group took no part."""
        match = _compiled(self.text).search(text.encode())  # of bytes RE2's module counts no characters
        if match is None:
            return None
        found = match.group(0 if group is None else int(group) if group.isdecimal() else group)
        return found.decode(errors="replace") if isinstance(found, bytes) else None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Several patterns that are searched for at once."""

    text: str
    """All of them, joined."""

    @classmethod
    def parse(cls, texts: Sequence[str], what: str) -> AnyOf:
        """Join patterns. Raises `InputError` for the first wrong one, and if they are too large together."""
        for text in texts:
            Pattern.parse(text, what)
        joined = "|".join(f"(?:{text})" for text in texts)
        try:
            _compiled(joined, captures=False)  # groups of two patterns may have one name
        except re2.error as error:
            raise InputError(f"{what} has too much in its patterns together: {_reason(error)}.") from None
        return cls(joined)

    def matches(self, text: str) -> bool:
        """Whether the text, or a part of it, matches one of them."""
        return _compiled(self.text, captures=False).search(text.encode()) is not None


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return excerpt(reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason))[1:-1]
