"""The bell: what wakes the loop. Rings that come while it is busy, or close together, are one.

Anything may ring from any thread: a timer, a webhook, a file watcher, a signal. Nothing is queued: a ring only adds to
what the next look has to cover, so a flood costs no more memory than the repositories it names.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

from reconciler.model.hint import PusherClaims, joined

MAX_REPOSITORIES: Final = 10_000
"""Above so many named repositories everything is looked at instead."""
MAX_HEADS: Final = 100
"""Above so many commits the branch is looked at, whatever they are."""
MAX_RINGS: Final = 100
"""Above so many rings that wait they are merged."""


@dataclass(frozen=True, slots=True)
class Wakeup:
    """Why the loop is woken."""

    branch: bool = False
    """The remote branch may have moved."""
    heads: frozenset[str] = frozenset()
    """Commits that the remote branch is said to be at; what this process pushed is no news."""
    repositories: frozenset[tuple[str | None, str]] = frozenset()
    """Registry repositories that something was pushed to: host (None: any) and path."""
    tags: frozenset[tuple[str | None, str, str]] = frozenset()
    """Registry tags that something was pushed to: host (None: any), path and tag."""
    claims: PusherClaims = field(default_factory=dict)
    """Who pushed there, say the events."""
    everything: bool = False
    """Look at every source, due or not."""
    settings: bool = False
    """The installation's files changed."""
    answers: bool = False
    """A registry answered after all what a pass did not wait for."""
    stop: bool = False

    def __or__(self, other: Wakeup) -> Wakeup:
        repositories, tags = self.repositories | other.repositories, self.tags | other.tags
        if len(tags) > MAX_REPOSITORIES:
            repositories |= {(host, path) for host, path, _ in tags}
            tags = frozenset()
        heads = self.heads | other.heads
        flood, crowd = len(repositories) > MAX_REPOSITORIES, len(heads) > MAX_HEADS
        return Wakeup(
            branch=self.branch or other.branch or crowd,
            heads=frozenset() if crowd else heads,
            repositories=frozenset() if flood else repositories,
            tags=frozenset() if flood else tags,
            claims=joined(self.claims, other.claims),
            everything=self.everything or other.everything or flood,
            settings=self.settings or other.settings,
            answers=self.answers or other.answers,
            stop=self.stop or other.stop,
        )


class Wakeups:
    """Collects rings until somebody waits for them; thread-safe, and a signal handler may ring it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()  # its lock may be taken again by the thread that has it: a handler
        self._rung: list[Wakeup] = []
        self._stopping = False

    def ring(self, ring: Wakeup) -> None:
        """Wake whoever waits, or will wait."""
        with self._condition:
            self._stopping = self._stopping or ring.stop
            self._rung.append(ring)  # one step, so that no handler can come between two
            if len(self._rung) > MAX_RINGS:
                self._rung[:-1] = [_merged(self._rung[:-1])]
            self._condition.notify_all()

    def wait(self, seconds: float | None) -> Wakeup:
        """What was rung since the last wait; an empty ring where nothing was for so many seconds (None: for ever)."""
        with self._condition:
            self._condition.wait_for(lambda: bool(self._rung), seconds)
            count = len(self._rung)
            rung = _merged(self._rung[:count])
            del self._rung[:count]
        return rung

    @property
    def stopping(self) -> bool:
        """Whether the loop has been told to end."""
        return self._stopping


def _merged(rings: list[Wakeup]) -> Wakeup:
    merged = Wakeup()
    for ring in rings:
        merged |= ring
    return merged
