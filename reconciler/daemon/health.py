"""The health of the loop, for probes: the loop writes it, and the server's threads read it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

STUCK_AFTER: Final = 1800.0
"""Seconds after which a turn that has not ended counts as stuck."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition of the loop at one moment."""

    passed: bool = False
    """Whether a pass has finished since the start."""
    reachable: bool = False
    """Whether the remote answered the last time."""
    last_success: float | None = None
    """The time of the last pass without an error, in monotonic seconds."""
    turning_since: float | None = None
    """The start of the turn under way, in monotonic seconds; None between two turns."""
    error: str | None = None
    """The reason why the last turn failed, in one line."""


class Health:
    """The loop's condition; thread-safe."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._condition = Condition()

    @property
    def condition(self) -> Condition:
        """The condition now."""
        with self._lock:
            return self._condition

    @property
    def is_alive(self) -> bool:
        """Whether no turn is stuck."""
        since = self.condition.turning_since
        return since is None or self._monotonic() - since < STUCK_AFTER

    @property
    def is_ready(self) -> bool:
        """Whether a pass has finished since the start, and the remote answers."""
        condition = self.condition
        return condition.passed and condition.reachable

    def begin(self) -> None:
        """A turn begins."""
        self._set(turning_since=self._monotonic())

    def end(self, *, error: str | None, reachable: bool) -> None:
        """A turn is over; `error` is why it failed, in one line."""
        with self._lock:
            done = error is None
            self._condition = Condition(
                passed=self._condition.passed or done,
                reachable=reachable,
                last_success=self._monotonic() if done else self._condition.last_success,
                error=error,
            )

    def _set(self, *, turning_since: float) -> None:
        with self._lock:
            self._condition = replace(self._condition, turning_since=turning_since)
