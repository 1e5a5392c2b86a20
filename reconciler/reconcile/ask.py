"""Asking registries: a bounded pool of threads, so many a host, that no host can delay another.

Each host has its own lane with its own number of connections. A lane whose registry is dead or slow fills up by itself;
the threads of the other lanes go on.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from reconciler.model.observation import (
    Answer,
    Failure,
    Found,
    KnownImages,
    ListAnswer,
    Listed,
    Listing,
    Question,
    Reason,
)
from reconciler.reconcile.late_answers import Backlog

MAX_THREADS = 64
"""As many, or one a host where there are more hosts."""


class Resolver(Protocol):
    """What answers questions: the registry client."""

    def resolve(self, question: Question, *, known: KnownImages = frozenset()) -> Answer:
        """The answer; never raises for what a registry does."""

    def list_tags(self, listing: Listing) -> ListAnswer:
        """All tags of a repository; never raises for what a registry does."""


Asked = Question | Listing
Reply = Answer | ListAnswer
Late = Backlog[Asked, Reply]
Connections = Callable[[Asked], int]
"""How many connections the registry of what is asked may have at once."""
Progress = Callable[[int, int], None]
"""Called with how many questions are answered and how many there are."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What registries answered; filled in several rounds, and asked about only once."""

    images: dict[Question, Answer] = field(default_factory=dict)
    lists: dict[Listing, ListAnswer] = field(default_factory=dict)

    def forget(self, repositories: Collection[tuple[str, str]]) -> None:
        """Let some repositories, by host and path, be asked about again."""
        for question in [each for each in self.images if (each.host, each.repository) in repositories]:
            del self.images[question]
        for listing in [each for each in self.lists if (each.host, each.repository) in repositories]:
            del self.lists[listing]


def ask(
    questions: Mapping[Question, KnownImages],
    resolver: Resolver,
    connections: Connections,
    progress: Progress | None = None,
    *,
    listings: Collection[Listing] = (),
    backlog: Late | None = None,
) -> Answers:
    """All answers; `questions` maps each question to the images whose digest is enough, `connections` to its limit.

    With a backlog those that do not come in time are failures, else they are waited for.
    """
    jobs: dict[Asked, Callable[[], Reply]] = {each: partial(resolver.list_tags, each) for each in listings}
    jobs |= {each: partial(resolver.resolve, each, known=known) for each, known in questions.items()}
    found = Answers()
    for count, (asked, reply) in enumerate(_replies(jobs, connections, backlog), start=1):
        if isinstance(asked, Listing) and not isinstance(reply, Found):
            found.lists[asked] = reply
        elif isinstance(asked, Question) and not isinstance(reply, Listed):
            found.images[asked] = reply
        if progress is not None:
            progress(count, len(jobs))
    return found


def _replies(
    jobs: Mapping[Asked, Callable[[], Reply]], connections: Connections, backlog: Late | None
) -> Iterator[tuple[Asked, Reply]]:
    late: dict[Asked, Reply] = backlog.take(jobs) if backlog else {}
    yield from late.items()
    unanswered = backlog.still_open(jobs) if backlog else set()
    waiting = {asked for asked in jobs if asked not in late and asked not in unanswered}
    if waiting:
        pool = _Pool({asked: jobs[asked] for asked in jobs if asked in waiting}, connections)
        pool.start()
        for asked, reply in pool.come(backlog):
            waiting.discard(asked)
            if isinstance(reply, BaseException):
                raise reply
            yield asked, reply
    yield from ((asked, _unanswered(asked)) for asked in jobs if asked in waiting or asked in unanswered)


def _unanswered(asked: Asked) -> Failure:
    text = f"{asked.host} takes long to answer; others do not wait for it. What it says counts when it comes."
    return Failure(Reason.UNREACHABLE, text)


@dataclass(slots=True)
class _Lane:
    limit: int
    pending: deque[Asked] = field(default_factory=deque)
    active: int = 0


class _Pool:
    """Daemon threads over the lanes: an interrupted command does not wait for a hanging registry."""

    def __init__(self, jobs: Mapping[Asked, Callable[[], Reply]], connections: Connections) -> None:
        self.results: queue.SimpleQueue[tuple[Asked, Reply | BaseException]] = queue.SimpleQueue()
        self._jobs = jobs
        self._lock = threading.Lock()
        self._active: set[Asked] = set()
        self._backlog: Late | None = None
        self._lanes: dict[str, _Lane] = {}
        for asked in jobs:
            lane = self._lanes.setdefault(asked.host, _Lane(max(1, connections(asked))))
            lane.pending.append(asked)

    def start(self) -> None:
        wanted = sum(min(lane.limit, len(lane.pending)) for lane in self._lanes.values())
        for _ in range(min(max(MAX_THREADS, len(self._lanes)), wanted)):
            threading.Thread(target=self._work, name="registry", daemon=True).start()

    def come(self, backlog: Late | None) -> Iterator[tuple[Asked, Reply | BaseException]]:
        """Each reply as it comes; with a backlog until none has come for so long."""
        try:
            for _ in self._jobs:
                yield self.results.get(timeout=backlog.patience if backlog else None)
        except queue.Empty:
            if backlog is not None:
                self._leave(backlog)
                while not self.results.empty():
                    yield self.results.get()

    def _leave(self, backlog: Late) -> None:
        """What is under way goes to the backlog from now on; nothing more is asked."""
        with self._lock:
            self._backlog = backlog
            backlog.leave(self._active)
            for lane in self._lanes.values():
                lane.pending.clear()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            lane, asked = taken
            try:
                reply: Reply | BaseException = self._jobs[asked]()
            except BaseException as bug:  # noqa: BLE001 - handed to the asking thread, which raises it
                reply = bug
            with self._lock:
                lane.active -= 1
                self._active.discard(asked)
                backlog = self._backlog
                if backlog is None:
                    self.results.put((asked, reply))
            if backlog is not None:
                backlog.answer(asked, None if isinstance(reply, BaseException | Failure) else reply)

    def _take(self) -> tuple[_Lane, Asked] | None:
        """The next question of the lane that has the fewest threads; None when this thread is not needed any more.

        Every lane gets a thread before any gets a second one, and a thread that comes free goes where the fewest are:
        registries that hang can never take all threads from one that answers.
        """
        with self._lock:
            open_lanes = [lane for lane in self._lanes.values() if lane.pending and lane.active < lane.limit]
            if not open_lanes:
                return None
            lane = min(open_lanes, key=lambda each: each.active)
            lane.active += 1
            asked = lane.pending.popleft()
            self._active.add(asked)
            return lane, asked
