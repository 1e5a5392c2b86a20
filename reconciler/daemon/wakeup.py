"""A wakeup: why the loop begins its next turn. Wakeups that arrive during a turn, or close together, become one.

Any thread may wake the loop: a webhook, a file watcher, a signal handler, a late answer. There is no queue: a wakeup
only adds to what the next turn has to cover, so a flood costs no more memory than the repositories it names.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final, Self

from reconciler.model.hint import GitHint, Hint, PusherClaims, claims_of, joined

MAX_REPOSITORIES: Final = 10_000
"""Repositories or tags that wakeups name; if there are more, everything is looked up."""
MAX_HEADS: Final = 100
"""Commits that wakeups name; if there are more, the branch is polled."""
MAX_WAITING: Final = 100
"""Wakeups that wait one by one; more are merged."""


@dataclass(frozen=True, slots=True)
class Wakeup:
    """Why the loop is woken; `|` joins several reasons."""

    branch: bool = False
    """The remote branch may have moved."""
    heads: frozenset[str] = frozenset()
    """Commits that the remote branch is at, according to events; the loop ignores those that it pushed itself."""
    repositories: frozenset[tuple[str | None, str]] = frozenset()
    """Registry repositories that were pushed to: host (None for any) and path."""
    tags: frozenset[tuple[str | None, str, str]] = frozenset()
    """Registry tags that were pushed: host (None for any), path and tag."""
    claims: PusherClaims = field(default_factory=dict)
    """Who pushed, according to the events."""
    everything: bool = False
    """Whether to look up every source, also those that are not due."""
    settings: bool = False
    """The installation's files changed."""
    answers: bool = False
    """Whether a registry answered too late for the pass that sent the question."""
    told: bool = False
    """Whether a sink was told something, or could not be told."""
    stop: bool = False
    """Whether the loop is to end."""

    @classmethod
    def of_hints(cls, hints: Collection[Hint]) -> Self:
        """Why the pushes of one registry event wake the loop."""
        return cls(
            repositories=frozenset((hint.host, hint.repository) for hint in hints if hint.tag is None),
            tags=frozenset((hint.host, hint.repository, hint.tag) for hint in hints if hint.tag is not None),
            claims=claims_of(hints),
        )

    @classmethod
    def of_moves(cls, moves: Iterable[GitHint], branch: str) -> Self:
        """Why the moves of one git event wake the loop that keeps this branch; empty where it is another's."""
        commits = [move.commit for move in moves if move.branch in {None, branch}]
        return cls(branch=None in commits, heads=frozenset(each for each in commits if each))

    def __or__(self, other: Wakeup) -> Wakeup:
        repositories, tags = self.repositories | other.repositories, self.tags | other.tags
        if len(tags) > MAX_REPOSITORIES:
            repositories |= {(host, path) for host, path, _ in tags}
            tags = frozenset()
        heads = self.heads | other.heads
        too_many, too_many_heads = len(repositories) > MAX_REPOSITORIES, len(heads) > MAX_HEADS
        return Wakeup(
            branch=self.branch or other.branch or too_many_heads,
            heads=frozenset() if too_many_heads else heads,
            repositories=frozenset() if too_many else repositories,
            tags=frozenset() if too_many else tags,
            claims=joined(self.claims, other.claims),
            everything=self.everything or other.everything or too_many,
            settings=self.settings or other.settings,
            answers=self.answers or other.answers,
            told=self.told or other.told,
            stop=self.stop or other.stop,
        )


class Wakeups:
    """Collects wakeups until the loop waits for them; thread-safe, also for signal handlers."""

    def __init__(self) -> None:
        self._condition = threading.Condition()  # a signal handler may take its lock in a thread that has it
        self._waiting: list[Wakeup] = []
        self._stopping = False

    def wake(self, wakeup: Wakeup) -> None:
        """Wake the thread that waits, or the next that will; an empty wakeup wakes none."""
        if wakeup == Wakeup():
            return
        with self._condition:
            self._stopping = self._stopping or wakeup.stop
            self._waiting.append(wakeup)  # one step, so that no signal handler can run in the middle
            if len(self._waiting) > MAX_WAITING:
                self._waiting[:-1] = [_merged(self._waiting[:-1])]
            self._condition.notify_all()

    def wait(self, seconds: float | None) -> Wakeup:
        """The wakeups since the last wait, merged; an empty one after so many seconds without any (None: no limit)."""
        with self._condition:
            self._condition.wait_for(lambda: bool(self._waiting), seconds)
            count = len(self._waiting)
            wakeup = _merged(self._waiting[:count])
            del self._waiting[:count]
        return wakeup

    @property
    def stopping(self) -> bool:
        """Whether the loop has been told to end."""
        return self._stopping


def _merged(wakeups: list[Wakeup]) -> Wakeup:
    merged = Wakeup()
    for wakeup in wakeups:
        merged |= wakeup
    return merged
