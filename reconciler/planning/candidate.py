"""Candidates: the tags that a selection selects from a list, and the result of choosing among them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from reconciler.model.history import TagEvent
from reconciler.model.observation import Answer, Failure, Listed, Question
from reconciler.model.selection import Rank, Selection
from reconciler.planning.resolution import Refusal, Resolution

Ranked = Sequence[tuple[Rank, str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """The result of a selection, as far as the registries have answered."""

    resolution: Resolution = None
    missing: frozenset[Question] = frozenset()
    """Questions that have to be answered before there is a resolution."""
    live: Answer | None = None
    """What the registry has for the greatest selected tag, recorded or newer; for `status`."""

    @classmethod
    def refused(cls, refusal: Refusal, live: Answer | None = None) -> Choice:
        """A choice that comes to nothing."""
        return cls(refusal, live=live or Failure(refusal.reason, refusal.message))

    def beside(self, doubt: Refusal | None) -> Choice:
        """The choice with an additional report to a person, unless it is refused itself."""
        if doubt is None or self.missing or isinstance(self.resolution, Refusal):
            return self
        resolution = dataclasses.replace(self.resolution, doubt=doubt) if self.resolution is not None else doubt
        return dataclasses.replace(self, resolution=resolution)


@dataclass(frozen=True, slots=True)
class RecordedVersion:
    """What the istag means now, as far as it came from the same repository."""

    tag: str
    event: TagEvent
    is_selected: bool
    """Whether the selection still selects that tag."""


@lru_cache(maxsize=16)
def ranked(selection: Selection, listed: Listed) -> Ranked:
    """The selected tags, greatest first; of equal ones the greater text, whatever the order of the list."""
    found = [(rank, tag) for tag in listed.tags if (rank := selection.rank(tag)) is not None]
    return tuple(sorted(found, reverse=True))


@lru_cache(maxsize=16)
def padded(selection: Selection, listed: Listed) -> Ranked:
    """The tags that are not versions only because of a 0 in front of a number (`2026.02.0`), greatest first."""
    found = [(rank, tag) for tag in listed.tags if (rank := selection.padded(tag)) is not None]
    return tuple(sorted(found, reverse=True))
