"""The bell: what wakes the loop. Rings that come while it is busy, or close together, are one.

Anything may ring from any thread: a timer, a webhook, a file watcher, a signal. Nothing is queued: a ring only adds to
what the next look has to cover, so a flood costs no more memory than the repositories it names.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

MAX_REPOSITORIES: Final = 10_000
"""Above so many named repositories everything is looked at instead."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Why the loop is woken."""

    branch: bool = False
    """The remote branch may have moved."""
    repositories: frozenset[tuple[str | None, str]] = frozenset()
    """Registry repositories that something was pushed to: host (None: any) and path."""
    everything: bool = False
    """Look at every source, due or not."""
    settings: bool = False
    """The installation's files changed."""
    stop: bool = False

    def __or__(self, other: Ring) -> Ring:
        repositories = self.repositories | other.repositories
        flood = len(repositories) > MAX_REPOSITORIES
        return Ring(
            branch=self.branch or other.branch,
            repositories=frozenset() if flood else repositories,
            everything=self.everything or other.everything or flood,
            settings=self.settings or other.settings,
            stop=self.stop or other.stop,
        )


class Bell:
    """Collects rings until somebody waits for them; thread-safe."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rung: Ring | None = None

    def ring(self, ring: Ring) -> None:
        """Wake whoever waits, or will wait."""
        with self._condition:
            self._rung = ring if self._rung is None else self._rung | ring
            self._condition.notify_all()

    def wait(self, seconds: float | None) -> Ring:
        """What was rung since the last wait; an empty ring where nothing was for so many seconds (None: for ever)."""
        with self._condition:
            self._condition.wait_for(lambda: self._rung is not None, seconds)
            rung, self._rung = self._rung, None
        return rung if rung is not None else Ring()

    @property
    def stopping(self) -> bool:
        """Whether the loop has been told to end; for long work to look at between two steps."""
        with self._condition:
            return self._rung is not None and self._rung.stop
