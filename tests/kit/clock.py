"""A clock that tests turn by hand: sleeping moves it on at once, and every pause is written down."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class FakeClock:
    """A `reconciler.clock.Clock`; thread-safe. A jitter is always the whole, so that pauses can be compared."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed = 0.0
        self._lock = threading.Lock()
        self.pauses: list[float] = []
        """Every pause so far, in seconds."""

    def now(self) -> datetime:
        """The start, plus what has passed."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds that have passed."""
        with self._lock:
            return self._passed

    def sleep(self, seconds: float) -> None:
        """Move on and write the pause down; waits for nothing."""
        with self._lock:
            self._passed += seconds
            self.pauses.append(seconds)

    def jitter(self, seconds: float) -> float:
        """All of it."""
        return seconds

    def advance(self, seconds: float) -> None:
        """Let time pass without a pause."""
        with self._lock:
            self._passed += seconds
