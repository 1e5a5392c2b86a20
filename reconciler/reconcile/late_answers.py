"""The backlog: what registries were asked and did not answer in time, so that one that hangs keeps no other waiting.

A pass waits for an answer only so long. What is missing then counts as a failure; the question stays open, is asked
by nobody else meanwhile, and its answer, when it comes, counts in the pass after that. Thread-safe.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable
from typing import Generic, TypeVar

Asked = TypeVar("Asked", bound=Hashable)
Reply = TypeVar("Reply")


class Backlog(Generic[Asked, Reply]):
    """Questions that were left, and answers that came late."""

    def __init__(self, patience: float, ring: Callable[[], None]) -> None:
        self.patience = patience
        """Seconds without any answer before a pass goes on without those that are missing."""
        self._ring = ring
        """Told of an answer that came late."""
        self._lock = threading.Lock()
        self._open: set[Asked] = set()
        self._come: dict[Asked, Reply] = {}
        self._standing: dict[Asked, Reply] = {}

    def begin(self) -> None:
        """A pass begins: the answers that came since the last one count in it, and in no later one."""
        with self._lock:
            self._standing, self._come = self._come, {}

    def take(self, asked: Collection[Asked]) -> dict[Asked, Reply]:
        """Of these the answers that came late."""
        with self._lock:
            return {each: self._standing.pop(each) for each in asked if each in self._standing}

    def still_open(self, asked: Collection[Asked]) -> set[Asked]:
        """Of these the questions that nobody has answered yet."""
        with self._lock:
            return self._open.intersection(asked)

    def leave(self, asked: Collection[Asked]) -> None:
        """Wait for these no more."""
        with self._lock:
            self._open.update(asked)

    def answer(self, asked: Asked, reply: Reply | None) -> None:
        """One that was left was answered after all; None for one that is no use any more."""
        with self._lock:
            self._open.discard(asked)
            if reply is not None:
                self._come[asked] = reply
        if reply is not None:
            self._ring()
