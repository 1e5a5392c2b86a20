"""A clock for tests: to sleep moves it forward at once, and it keeps a list of all pauses."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class FakeClock:
    """A `reconciler.clock.Clock`; thread-safe. The jitter is always the whole, so that tests can compare pauses."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed = 0.0
        self._lock = threading.Lock()
        self.pauses: list[float] = []
        """Every pause so far, in seconds."""

    def now(self) -> datetime:
        """The start, plus the seconds that have passed."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """The passed seconds."""
        with self._lock:
            return self._passed

    def sleep(self, seconds: float) -> None:
        """Move forward and note the pause, without waiting."""
        with self._lock:
            self._passed += seconds
            self.pauses.append(seconds)

    def jitter(self, seconds: float) -> float:
        """The whole of it."""
        return seconds

    def advance(self, seconds: float) -> None:
        """Move on without a pause."""
        with self._lock:
            self._passed += seconds
