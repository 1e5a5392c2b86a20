"""Late answers: lookups that a pass stopped waiting for, so that a registry that hangs delays no other.

A pass waits for an answer only so long. A missing one then counts as a failure; its lookup stays open, is not made
again meanwhile, and its answer, when it comes, counts in the next pass. Thread-safe.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable
from typing import Generic, TypeVar

Lookup = TypeVar("Lookup", bound=Hashable)
Reply = TypeVar("Reply")


class LateAnswers(Generic[Lookup, Reply]):
    """The lookups that are open, and the answers that came late."""

    def __init__(self, patience: float, on_answer: Callable[[], None]) -> None:
        self.patience = patience
        """Seconds without any answer before a pass goes on without the missing ones."""
        self._on_answer = on_answer
        """Called when a late answer comes."""
        self._lock = threading.Lock()
        self._open: set[Lookup] = set()
        self._new: dict[Lookup, Reply] = {}
        self._usable: dict[Lookup, Reply] = {}

    def begin(self) -> None:
        """Begin a pass: the answers that came since the last one count in it, and in no later one."""
        with self._lock:
            self._usable, self._new = self._new, {}

    def take(self, lookups: Collection[Lookup]) -> dict[Lookup, Reply]:
        """The late answers to these lookups; each is given once."""
        with self._lock:
            return {each: self._usable.pop(each) for each in lookups if each in self._usable}

    def still_open(self, lookups: Collection[Lookup]) -> set[Lookup]:
        """Those of these lookups that have no answer yet."""
        with self._lock:
            return self._open.intersection(lookups)

    def leave(self, lookups: Collection[Lookup]) -> None:
        """Stop waiting for these lookups; they are open now."""
        with self._lock:
            self._open.update(lookups)

    def answer(self, lookup: Lookup, reply: Reply | None) -> None:
        """Note the answer to an open lookup; None if it is of no use."""
        with self._lock:
            self._open.discard(lookup)
            if reply is not None:
                self._new[lookup] = reply
        if reply is not None:
            self._on_answer()
