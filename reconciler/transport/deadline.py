"""Deadlines: the time limit of a whole answer, even if it arrives in small pieces.

A socket's own timeout starts again with every byte, so every read first takes the remaining time from the deadline.
`http.client` builds its response object itself and gives it only the socket. Therefore the deadline of the current
request is in a context variable.
"""

from __future__ import annotations

import http.client
import io
import socket
from contextvars import ContextVar
from typing import TYPE_CHECKING

from reconciler.clock import Clock

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer  # exists for type checkers only


class DeadlineError(TimeoutError):
    """The time for the whole answer is over."""


class Deadline:
    """The time limits of one request: in all, and between two pieces of the answer; in seconds."""

    def __init__(self, clock: Clock, total: float, piece: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + total
        self._piece = piece

    @property
    def over(self) -> bool:
        """Whether the time is used up."""
        return self._end <= self._clock.monotonic()

    def clip(self, seconds: float | None = None) -> float:
        """`seconds` (default: the limit between two pieces) or the remaining time.

        Raises `DeadlineError` at the end.
        """
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise DeadlineError("the time for the whole answer is over")
        return min(self._piece if seconds is None else seconds, left)

    def part(self, seconds: float | None = None) -> Deadline:
        """A deadline for one step: `seconds` from now or the remaining time; raises `DeadlineError` at the end."""
        allowed = self.clip(seconds)
        return Deadline(self._clock, allowed, allowed)


CURRENT_DEADLINE: ContextVar[Deadline] = ContextVar("deadline")
"""The deadline of the request that this thread is sending."""


class _TimedReader(io.RawIOBase):
    """A socket's stream that checks the deadline before every read."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._sock = sock
        self._stream = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._sock.settimeout(self._deadline.clip())
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class TimedResponse(http.client.HTTPResponse):
    """A response whose status line, headers and body are read under the current deadline."""

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel=debuglevel, method=method, url=url)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedReader(sock, CURRENT_DEADLINE.get()))
