"""A follow-up: the lookups that one push causes, of a name that need not have a schedule. One thread uses it.

Distribution reports a push before it moves the tag (as soon as it has the manifest), so the first lookup often finds
the old image; other registries answer from a cache for a while. After a lookup that finds something new one more is
enough: the new image may be that of an earlier push. Times are monotonic seconds that the caller gives.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

FOLLOW_UPS: Final = (0.05, 0.2, 0.8, 5.0)
"""Seconds between the lookups that one push causes; the first is at once."""

Name = TypeVar("Name", bound=Hashable)


@dataclass(slots=True)
class FollowUps(Generic[Name]):
    """The names that were pushed to, and when they are looked up again."""

    _due: dict[Name, float] = field(default_factory=dict)
    _later: dict[Name, tuple[float, ...]] = field(default_factory=dict)

    def start(self, names: Collection[Name], now: float) -> None:
        """These were pushed to: all their lookups begin again."""
        for name in names:
            self._due[name], self._later[name] = now, FOLLOW_UPS

    def due(self, now: float) -> frozenset[Name]:
        """The names to look up now."""
        return frozenset(name for name, moment in self._due.items() if moment <= now)

    def next(self) -> float | None:
        """The time of the next lookup; None if there is none."""
        return min(self._due.values(), default=None)

    def record_lookups(self, names: Collection[Name], moved: Collection[Name], now: float) -> None:
        """These were looked up; those in `moved` gave a new image."""
        for name in names:
            if name not in self._due:
                continue
            later = self._later[name][-1:] if name in moved else self._later[name]
            if later:
                self._due[name], self._later[name] = now + later[0], later[1:]
            else:
                self.cancel({name})

    def cancel(self, names: Collection[Name]) -> None:
        """Stop the lookups of these."""
        for name in names:
            self._due.pop(name, None)
            self._later.pop(name, None)
