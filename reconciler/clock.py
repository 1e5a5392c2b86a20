"""The only clock: what time it is, how long something took, and how to wait.

Everything that needs time is given a `Clock`; `planning` is given a plain time and never sees one. Tests pass a clock
of their own instead of patching this one.
"""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the rest of the project may ask about time."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""

    def jitter(self, seconds: float) -> float:
        """A random share of `seconds`, from half of it to all of it, so that several waiters do not wake together."""


class SystemClock:
    """The machine's clock."""

    def __init__(self) -> None:
        self._random = random.Random()  # noqa: S311 - spreads pauses, guards nothing
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        time.sleep(seconds)

    def jitter(self, seconds: float) -> float:
        """A random share of `seconds`, from half of it to all of it."""
        with self._lock:
            return seconds * self._random.uniform(0.5, 1.0)
