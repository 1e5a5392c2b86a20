"""Health: what a probe is told about the loop. Written by the loop, read by the server's threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

STUCK_AFTER: Final = 1800.0
"""Seconds that one turn of the loop may take before the process counts as dead."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How the loop is."""

    passed: bool = False
    """Whether a first pass was finished."""
    reachable: bool = False
    """Whether the remote answered when it was last asked."""
    last_success: float | None = None
    """When a pass last finished without an error, in monotonic seconds."""
    turning_since: float | None = None
    """When the turn began that is under way; None between two."""
    error: str | None = None
    """Why the last pass failed, in one line."""


class Health:
    """The loop's condition; thread-safe."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._condition = Condition()

    @property
    def condition(self) -> Condition:
        """How the loop is now."""
        with self._lock:
            return self._condition

    @property
    def alive(self) -> bool:
        """Whether the loop turns: nothing has kept it for too long."""
        since = self.condition.turning_since
        return since is None or self._monotonic() - since < STUCK_AFTER

    @property
    def ready(self) -> bool:
        """Whether the first pass is done and the remote answers."""
        condition = self.condition
        return condition.passed and condition.reachable

    def begin(self) -> None:
        """A turn begins."""
        self._set(turning_since=self._monotonic())

    def end(self, *, error: str | None, reachable: bool) -> None:
        """A turn is over; a pass that went through to its end counts as the first."""
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
