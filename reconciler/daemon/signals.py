"""Signals: SIGTERM and SIGINT end the loop, SIGHUP makes it look at everything anew."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from reconciler.daemon.wakeup import Wakeup, Wakeups

GRACE: Final = 8.0
"""Seconds that a pass may still take; a container is killed after ten."""
_ENDING: Final = (signal.SIGTERM, signal.SIGINT)


class AbandonedError(BaseException):
    """The pass did not end in time after the loop was told to stop; what it had pushed is whole, or not there."""


@contextmanager
def listening(wakeups: Wakeups) -> Iterator[None]:
    """Wake the loop for signals, in the main thread, which runs the loop; there `AbandonedError` is raised."""

    def end(_number: int, _frame: FrameType | None) -> None:
        if not wakeups.stopping:
            signal.setitimer(signal.ITIMER_REAL, GRACE)
        wakeups.wake(Wakeup(stop=True))

    def look(_number: int, _frame: FrameType | None) -> None:
        wakeups.wake(Wakeup(branch=True, everything=True, settings=True))

    def abandon(_number: int, _frame: FrameType | None) -> None:
        raise AbandonedError

    handlers = {**dict.fromkeys(_ENDING, end), signal.SIGHUP: look, signal.SIGALRM: abandon}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
