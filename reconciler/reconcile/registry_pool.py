"""The registry pool: a bounded number of threads that send questions, with a queue for each host.

Each host has its own number of connections. A host that is dead or slow fills its own queue; the threads of the other
hosts go on, so no host can delay another.
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
from reconciler.reconcile.late_answers import LateAnswers

MAX_THREADS = 64
"""At most, but at least one a host."""


class Resolver(Protocol):
    """What answers questions: the registry client."""

    def resolve(self, question: Question, *, known: KnownImages = frozenset()) -> Answer:
        """The answer; never raises for what a registry does."""

    def list_tags(self, listing: Listing) -> ListAnswer:
        """All tags of a repository; never raises for what a registry does."""


Lookup = Question | Listing
Reply = Answer | ListAnswer
LateReplies = LateAnswers[Lookup, Reply]
Connections = Callable[[Lookup], int]
"""How many connections the registry of a lookup may have at once."""
Progress = Callable[[int, int], None]
"""Called with how many questions are answered and how many there are."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What registries answered; filled in several rounds, each lookup made once."""

    images: dict[Question, Answer] = field(default_factory=dict)
    lists: dict[Listing, ListAnswer] = field(default_factory=dict)

    def forget(self, repositories: Collection[tuple[str, str]]) -> None:
        """Drop the answers about some repositories, by host and path, so that they are fetched again."""
        for question in [each for each in self.images if (each.host, each.repository) in repositories]:
            del self.images[question]
        for listing in [each for each in self.lists if (each.host, each.repository) in repositories]:
            del self.lists[listing]


def fetch_answers(
    questions: Mapping[Question, KnownImages],
    resolver: Resolver,
    connections: Connections,
    progress: Progress | None = None,
    *,
    listings: Collection[Listing] = (),
    late: LateReplies | None = None,
) -> Answers:
    """All answers; `questions` maps each question to the images whose digest is enough, `connections` to its limit.

    With `late` an answer that does not come in time is a failure; without, every answer is waited for.
    """
    jobs: dict[Lookup, Callable[[], Reply]] = {each: partial(resolver.list_tags, each) for each in listings}
    jobs |= {each: partial(resolver.resolve, each, known=known) for each, known in questions.items()}
    found = Answers()
    for count, (lookup, reply) in enumerate(_replies(jobs, connections, late), start=1):
        if isinstance(lookup, Listing) and not isinstance(reply, Found):
            found.lists[lookup] = reply
        elif isinstance(lookup, Question) and not isinstance(reply, Listed):
            found.images[lookup] = reply
        if progress is not None:
            progress(count, len(jobs))
    return found


def _replies(
    jobs: Mapping[Lookup, Callable[[], Reply]], connections: Connections, late: LateReplies | None
) -> Iterator[tuple[Lookup, Reply]]:
    come: dict[Lookup, Reply] = late.take(jobs) if late else {}
    yield from come.items()
    unanswered = late.still_open(jobs) if late else set()
    waiting = {lookup for lookup in jobs if lookup not in come and lookup not in unanswered}
    if waiting:
        pool = _Pool({lookup: jobs[lookup] for lookup in jobs if lookup in waiting}, connections)
        pool.start()
        for lookup, reply in pool.replies(late):
            waiting.discard(lookup)
            if isinstance(reply, BaseException):
                raise reply
            yield lookup, reply
    yield from ((lookup, _unanswered(lookup)) for lookup in jobs if lookup in waiting or lookup in unanswered)


def _unanswered(lookup: Lookup) -> Failure:
    text = (
        f"{lookup.host} has not answered in time; the pass goes on without it. A late answer is used in the next pass."
    )
    return Failure(Reason.UNREACHABLE, text)


@dataclass(slots=True)
class _HostQueue:
    limit: int
    pending: deque[Lookup] = field(default_factory=deque)
    active: int = 0


class _Pool:
    """Daemon threads over the queues of the hosts: an interrupted command does not wait for a hanging registry."""

    def __init__(self, jobs: Mapping[Lookup, Callable[[], Reply]], connections: Connections) -> None:
        self._results: queue.SimpleQueue[tuple[Lookup, Reply | BaseException]] = queue.SimpleQueue()
        self._jobs = jobs
        self._lock = threading.Lock()
        self._active: set[Lookup] = set()
        self._late: LateReplies | None = None
        self._queues: dict[str, _HostQueue] = {}
        for lookup in jobs:
            host = self._queues.setdefault(lookup.host, _HostQueue(max(1, connections(lookup))))
            host.pending.append(lookup)

    def start(self) -> None:
        wanted = sum(min(host.limit, len(host.pending)) for host in self._queues.values())
        for _ in range(min(max(MAX_THREADS, len(self._queues)), wanted)):
            threading.Thread(target=self._work, name="registry", daemon=True).start()

    def replies(self, late: LateReplies | None) -> Iterator[tuple[Lookup, Reply | BaseException]]:
        """Each reply as it comes; with `late` until none has come for as long as its patience."""
        try:
            for _ in self._jobs:
                yield self._results.get(timeout=late.patience if late else None)
        except queue.Empty:
            if late is not None:
                self._stop_waiting(late)
                while not self._results.empty():
                    yield self._results.get()

    def _stop_waiting(self, late: LateReplies) -> None:
        """Give what is under way to `late`, and begin nothing more."""
        with self._lock:
            self._late = late
            late.leave(self._active)
            for host in self._queues.values():
                host.pending.clear()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            host, lookup = taken
            try:
                reply: Reply | BaseException = self._jobs[lookup]()
            except BaseException as bug:  # noqa: BLE001 - handed to the waiting thread, which raises it
                reply = bug
            with self._lock:
                host.active -= 1
                self._active.discard(lookup)
                late = self._late
                if late is None:
                    self._results.put((lookup, reply))
            if late is not None:
                late.answer(lookup, None if isinstance(reply, BaseException | Failure) else reply)

    def _take(self) -> tuple[_HostQueue, Lookup] | None:
        """The next lookup of the host that has the fewest threads; None when this thread is not needed any more.

        Every host gets a thread before any gets a second one, and a thread that comes free goes where the fewest are:
        registries that hang can never take all threads from one that answers.
        """
        with self._lock:
            open_hosts = [host for host in self._queues.values() if host.pending and host.active < host.limit]
            if not open_hosts:
                return None
            host = min(open_hosts, key=lambda each: each.active)
            host.active += 1
            lookup = host.pending.popleft()
            self._active.add(lookup)
            return host, lookup
