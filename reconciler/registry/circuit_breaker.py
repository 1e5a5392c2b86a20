"""Circuit breakers and connection limits of hosts.

A registry that is down, or allows no more requests, is called once in a pass; every further question fails at once
with the same reason. A registry that answers with errors (5xx, 429) is given up after `MAX_FAILURES` requests in a row
that failed through all tries.
"""

from __future__ import annotations

import threading

from reconciler.errors import RemoteError
from reconciler.model.host import Host
from reconciler.registry.answer_error import copy_of
from reconciler.transport.message import Origin, Trust

MAX_FAILURES = 5


class CircuitBreaker:
    """Whether one host is still called in this pass; thread-safe."""

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
        """Send no more requests in this pass."""
        with self._lock:
            self._error = self._error or error

    def failed(self, error: RemoteError) -> None:
        """Count one request that failed through all its tries."""
        with self._lock:
            self._failures += 1
            enough = self._failures >= MAX_FAILURES
        if enough:
            self.give_up(error)

    def succeeded(self) -> None:
        """Reset the count of failures."""
        with self._lock:
            self._failures = 0


class HostLimits:
    """The limits of every host that a client talks to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[tuple[Host, int], threading.BoundedSemaphore] = {}
        self._breakers: dict[tuple[Origin, bool], CircuitBreaker] = {}

    def slots(self, origin: Origin, connections: int) -> threading.BoundedSemaphore:
        """The semaphore to hold during a request to the host."""
        with self._lock:
            count = max(1, connections)
            return self._slots.setdefault((origin.registry, count), threading.BoundedSemaphore(count))

    def breaker(self, origin: Origin, trust: Trust) -> CircuitBreaker:
        """The circuit breaker of a host.

        Verified and unverified TLS have one each, because one may fail where the other works.
        """
        with self._lock:
            return self._breakers.setdefault((origin, trust.verify), CircuitBreaker())

    def new_pass(self) -> None:
        """Close all circuit breakers, so that every host is called again."""
        with self._lock:
            self._breakers.clear()
