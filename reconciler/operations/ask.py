"""Asking registries: a bounded pool of threads, so many a host, that no host can delay another.

Each host has its own lane with its own number of connections. A lane whose registry is dead or slow fills up by itself;
the threads of the other lanes go on.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.model.observation import Answer, Question

MAX_THREADS = 64
"""As many, or one a host where there are more hosts."""


class Resolver(Protocol):
    """What answers questions: the registry client."""

    def resolve(self, question: Question, *, known: frozenset[str] = frozenset()) -> Answer:
        """The answer; never raises for what a registry does."""


Progress = Callable[[int, int], None]
"""Called with how many questions are answered and how many there are."""


@dataclass(slots=True)
class _Lane:
    limit: int
    pending: deque[Question] = field(default_factory=deque)
    active: int = 0


def ask(
    questions: Mapping[Question, frozenset[str]],
    resolver: Resolver,
    connections: Callable[[Question], int],
    progress: Progress | None = None,
) -> dict[Question, Answer]:
    """All answers; `questions` maps each question to the images that need no metadata, `connections` to its limit."""
    if not questions:
        return {}
    pool = _Pool(questions, resolver, connections)
    answers: dict[Question, Answer] = {}
    pool.start()
    while len(answers) < len(questions):
        question, answer = pool.results.get()
        if isinstance(answer, BaseException):
            raise answer
        answers[question] = answer
        if progress is not None:
            progress(len(answers), len(questions))
    return answers


class _Pool:
    """Daemon threads over the lanes: an interrupted command does not wait for a hanging registry."""

    def __init__(
        self,
        questions: Mapping[Question, frozenset[str]],
        resolver: Resolver,
        connections: Callable[[Question], int],
    ) -> None:
        self.results: queue.SimpleQueue[tuple[Question, Answer | BaseException]] = queue.SimpleQueue()
        self._questions = questions
        self._resolver = resolver
        self._lock = threading.Lock()
        self._lanes: dict[str, _Lane] = {}
        for question in questions:
            lane = self._lanes.setdefault(question.host, _Lane(max(1, connections(question))))
            lane.pending.append(question)

    def start(self) -> None:
        wanted = sum(min(lane.limit, len(lane.pending)) for lane in self._lanes.values())
        for _ in range(min(max(MAX_THREADS, len(self._lanes)), wanted)):
            threading.Thread(target=self._work, name="registry", daemon=True).start()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            lane, question = taken
            try:
                answer: Answer | BaseException = self._resolver.resolve(question, known=self._questions[question])
            except BaseException as bug:  # noqa: BLE001 - handed to the asking thread, which raises it
                answer = bug
            with self._lock:
                lane.active -= 1
            self.results.put((question, answer))

    def _take(self) -> tuple[_Lane, Question] | None:
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
            return lane, lane.pending.popleft()
