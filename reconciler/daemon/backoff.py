"""Backoff: when a turn that failed is tried again.

| event                                     | the next try                                                          |
| ----------------------------------------- | --------------------------------------------------------------------- |
| a turn fails                              | after a pause; it is `FIRST_PAUSE` at first, doubles, and has a limit |
| the mirror was damaged, and is made again | after `SHORTEST_PAUSE`                                                |
| a wakeup arrives                          | at once, but not within `SHORTEST_PAUSE` of the failure               |
| the installation's files are read again   | at once                                                               |
| a turn succeeds                           | the pauses begin again with `FIRST_PAUSE`                             |

Times are monotonic seconds that the caller gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FIRST_PAUSE: Final = 5.0  # seconds
LONGEST_PAUSE: Final = 300.0
SHORTEST_PAUSE: Final = 1.0
_LONG_AGO: Final = float("-inf")


@dataclass(slots=True)
class Backoff:
    """The pause after a failure. One thread uses it."""

    until: float | None = None
    """When the next try may begin; None if nothing has to wait."""
    _pause: float = 0.0
    _failed: float = _LONG_AGO

    @property
    def after_failure(self) -> bool:
        """Whether no turn has succeeded since the last failure."""
        return self._pause > 0

    def waits(self, now: float) -> bool:
        """Whether the next try may not begin yet."""
        return self.until is not None and now < self.until

    def fail(self, now: float) -> None:
        """A turn failed."""
        self._wait(now, min(max(FIRST_PAUSE, self._pause * 2), LONGEST_PAUSE))

    def mended(self, now: float) -> None:
        """The reason of the failure is gone."""
        self._wait(now, SHORTEST_PAUSE)

    def hasten(self) -> None:
        """Something happened that may let the next try succeed."""
        if self.until is not None:
            self.until = min(self.until, self._failed + SHORTEST_PAUSE)

    def end_wait(self) -> None:
        """The next try may begin at once."""
        self.until = None

    def succeed(self) -> None:
        """A turn succeeded."""
        self._pause, self.until = 0.0, None

    def _wait(self, now: float, pause: float) -> None:
        self._failed, self._pause, self.until = now, pause, now + pause
