"""Debounce: when a pass may begin, so that events that are close together share one push.

| setting of the Config | a pass waits                                                                        |
| --------------------- | ----------------------------------------------------------------------------------- |
| `push.quiet`          | that long after the newest event, but at most ten times that after the first        |
| `push.atMostEvery`    | that long after the last push                                                       |

An event is a push to a registry or to the branch. A source that is due by its schedule is not an event, and delays
nothing. What waits stays due. Times are monotonic seconds that the caller gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LONGEST_WAIT: Final = 10
"""Multiple of `quiet` after which a pass begins although events go on."""
_LONG_AGO: Final = float("-inf")


@dataclass(slots=True)
class Debounce:
    """When the next pass may begin. One thread uses it."""

    quiet: float = 0.0
    at_most_every: float = 0.0
    _first: float | None = None
    """The time of the first event that no pass has covered yet."""
    _newest: float = _LONG_AGO
    _pushed: float = _LONG_AGO

    def event(self, now: float) -> None:
        """Something happened that a pass has to cover."""
        self._first = now if self._first is None else self._first
        self._newest = now

    def opens_at(self) -> float:
        """The time from which a pass may begin; minus infinity if nothing delays it."""
        quiet_from = _LONG_AGO
        if self._first is not None:
            quiet_from = min(self._newest + self.quiet, self._first + LONGEST_WAIT * self.quiet)
        return max(quiet_from, self._pushed + self.at_most_every)

    def begun(self) -> None:
        """A pass begins; it covers every event until now."""
        self._first = None

    def pushed(self, now: float) -> None:
        """A pass pushed something."""
        self._pushed = now
