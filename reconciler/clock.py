"""The only clock: it tells the time, measures how long something takes, and waits.

Code that needs time gets a `Clock`; `planning` gets a plain time and never a clock. Tests give a clock of their own.
"""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Everything that the rest of the program may know of time."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never goes back."""

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""

    def jitter(self, seconds: float) -> float:
        """A random share of `seconds`, from half of it to all of it, so that several waiters do not wake together."""


class SystemClock:
    """The machine's clock."""

    def __init__(self) -> None:
        self._random = random.Random()  # noqa: S311 - it spreads pauses, and guards nothing
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        time.sleep(seconds)

    def jitter(self, seconds: float) -> float:
        """A random share of `seconds`, from half of it to all of it."""
        with self._lock:
            return seconds * self._random.uniform(0.5, 1.0)
