"""FollowUps: the looks that one push causes, for a name that has no schedule of its own. One thread uses it.

Distribution tells of a push before it moves the tag (it tells once it has the manifest), so the first look often finds
the old image; others answer from a cache for a while. Once a look has found something new one more is enough: it may
have been what an earlier push put there. Times are monotonic seconds that the caller gives.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

ECHOES: Final = (0.05, 0.2, 0.8, 5.0)
"""Seconds between the looks that one push causes."""

Name = TypeVar("Name", bound=Hashable)


@dataclass(slots=True)
class FollowUps(Generic[Name]):
    """What was pushed to, and when it is looked at again."""

    _due: dict[Name, float] = field(default_factory=dict)
    _later: dict[Name, tuple[float, ...]] = field(default_factory=dict)

    def hurry(self, names: Collection[Name], now: float) -> None:
        """These were pushed to: all looks begin anew."""
        for name in names:
            self._due[name], self._later[name] = now, ECHOES

    def due(self, now: float) -> frozenset[Name]:
        """What is to be looked at now."""
        return frozenset(name for name, moment in self._due.items() if moment <= now)

    def next(self) -> float | None:
        """When the next is due; None where nothing is."""
        return min(self._due.values(), default=None)

    def looked(self, names: Collection[Name], moved: Collection[Name], now: float) -> None:
        """These were looked at, and some of them moved."""
        for name in names:
            if name not in self._due:
                continue
            later = self._later[name][-1:] if name in moved else self._later[name]
            if later:
                self._due[name], self._later[name] = now + later[0], later[1:]
            else:
                self.forget({name})

    def forget(self, names: Collection[Name]) -> None:
        """No further looks at these."""
        for name in names:
            self._due.pop(name, None)
            self._later.pop(name, None)
