"""A cache of values that expire: one thread at a time gets a costly value; it is renewed before it ends.

A failure is also kept, for a shorter time, so that a thousand questions do not wait for the same dead server. While a
value is still valid, a failed renewal is not reported.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from reconciler.clock import Clock
from reconciler.errors import InputError, RemoteError
from reconciler.registry.answer_error import copy_of

FAILURE_SECONDS = 30.0
"""Seconds for which a failure is returned before the next try."""
EARLIEST_RENEWAL = 300.0
"""Seconds before its end at which a value is renewed; a tenth of its life if that is shorter."""
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ExpiringValue(Generic[Value]):
    """A value and the number of seconds for which it may be used."""

    value: Value
    seconds: float


@dataclass(slots=True)
class _Slot(Generic[Value]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    value: Value | None = None
    renewal: float = 0.0
    end: float = 0.0
    error: InputError | RemoteError | None = None
    next_try: float = 0.0


class ExpiringCache(Generic[Value]):
    """Values by key; thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: dict[Hashable, _Slot[Value]] = {}

    def get(self, key: Hashable, make: Callable[[], ExpiringValue[Value]]) -> Value:
        """The kept value, or a new one from `make`; raises the `InputError` or `RemoteError` of `make`."""
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
        with slot.lock:
            now = self._clock.monotonic()
            if now >= slot.renewal and now >= slot.next_try:
                self._renew(slot, make)
                now = self._clock.monotonic()
            if slot.value is not None and now < slot.end:
                return slot.value
            if slot.error is None:
                raise AssertionError("a fresh answer is good, or there is an error")
            raise copy_of(slot.error)

    def _renew(self, slot: _Slot[Value], make: Callable[[], ExpiringValue[Value]]) -> None:
        try:
            made = make()
        except (InputError, RemoteError) as error:
            slot.error, slot.next_try = error, self._clock.monotonic() + FAILURE_SECONDS
            return
        now = self._clock.monotonic()
        life = max(made.seconds, 1.0)
        slot.value, slot.error = made.value, None
        slot.renewal, slot.end = now + life - min(EARLIEST_RENEWAL, life / 10), now + life
