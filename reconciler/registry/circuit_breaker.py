"""Hosts: how many requests each may have at once, and which of them have been given up for this pass.

A registry that is dead, or asks to be left alone, is asked once; every further question of the pass is answered at
once with the same reason. A registry that is merely out of order (5xx, 429) is given up after `MAX_FAILURES` requests
in a row that failed through all tries.
"""

from __future__ import annotations

import threading

from reconciler.errors import RemoteError
from reconciler.model.host import Host
from reconciler.registry.answer_error import copy_of
from reconciler.transport.message import Origin, Trust

MAX_FAILURES = 5


class CircuitBreaker:
    """Whether one host is still asked in this pass; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._error: RemoteError | None = None
        self._failures = 0

    def check(self) -> None:
        """Raise the error for which the host was given up, if it was."""
        with self._lock:
            error = self._error
        if error is not None:
            raise copy_of(error, retryable=False)

    def give_up(self, error: RemoteError) -> None:
        """Ask no more in this pass."""
        with self._lock:
            self._error = self._error or error

    def failed(self, error: RemoteError) -> None:
        """One request failed through all its tries."""
        with self._lock:
            self._failures += 1
            enough = self._failures >= MAX_FAILURES
        if enough:
            self.give_up(error)

    def succeeded(self) -> None:
        """The host is in order."""
        with self._lock:
            self._failures = 0


class HostLimits:
    """The limits of every host a client talks to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[tuple[Host, int], threading.BoundedSemaphore] = {}
        self._breakers: dict[tuple[Origin, bool], CircuitBreaker] = {}

    def slots(self, origin: Origin, connections: int) -> threading.BoundedSemaphore:
        """What to hold while a request to the host is under way."""
        with self._lock:
            count = max(1, connections)
            return self._slots.setdefault((origin.registry, count), threading.BoundedSemaphore(count))

    def breaker(self, origin: Origin, trust: Trust) -> CircuitBreaker:
        """Whether the host is still asked; one that is not trusted may still be asked by who declared it insecure."""
        with self._lock:
            return self._breakers.setdefault((origin, trust.verify), CircuitBreaker())

    def new_pass(self) -> None:
        """Ask every host again."""
        with self._lock:
            self._breakers.clear()
