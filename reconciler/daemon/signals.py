"""Signals: SIGTERM and SIGINT end the loop, SIGHUP makes it read everything again and look up every source."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from reconciler.daemon.wakeup import Wakeup, Wakeups

GRACE: Final = 8.0
"""Seconds that a turn may still take; Docker kills a container after ten."""
_ENDING: Final = (signal.SIGTERM, signal.SIGINT)


class AbandonedError(BaseException):
    """The turn did not end in time after the loop was told to stop. A push is done as a whole, or not at all."""


@contextmanager
def wake_on_signals(wakeups: Wakeups) -> Iterator[None]:
    """Let signals wake the loop. Only for the main thread, which runs the loop; `AbandonedError` is raised in it."""

    def end(_number: int, _frame: FrameType | None) -> None:
        if not wakeups.stopping:
            signal.setitimer(signal.ITIMER_REAL, GRACE)
        wakeups.wake(Wakeup(stop=True))

    def refresh(_number: int, _frame: FrameType | None) -> None:
        wakeups.wake(Wakeup(branch=True, everything=True, settings=True))

    def abandon(_number: int, _frame: FrameType | None) -> None:
        raise AbandonedError

    handlers = {**dict.fromkeys(_ENDING, end), signal.SIGHUP: refresh, signal.SIGALRM: abandon}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
