"""Asking registries: each question once, a limited number at a time for each host, and no host delays another."""

from __future__ import annotations

import threading

import pytest

from reconciler.model.host import Host
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
from reconciler.reconcile.registry_pool import Answers, LateReplies, fetch_answers
from tests.kit.loop import until
from tests.kit.world import A


def question(host: str, tag: str) -> Question:
    return Question(Host(host), "acme/app", tag)


class Unlisted:
    """Has no lists."""

    def list_tags(self, listing: Listing) -> ListAnswer:
        raise AssertionError(listing)


class Counting:
    """Answers each question, and counts for each host how many were open at once."""

    def __init__(self) -> None:
        self.requested: list[tuple[Question, KnownImages]] = []
        self.most: dict[str, int] = {}
        self._now: dict[str, int] = {}
        self._lock = threading.Lock()

    def resolve(self, question: Question, *, known: KnownImages = frozenset()) -> Answer:
        self.requested.append((question, known))
        self._work(question.host)
        return Found(A)

    def list_tags(self, listing: Listing) -> ListAnswer:
        self._work(listing.host)
        return Listed((str(listing),))

    def _work(self, host: str) -> None:
        with self._lock:
            self._now[host] = self._now.get(host, 0) + 1
            self.most[host] = max(self.most.get(host, 0), self._now[host])
        threading.Event().wait(0.005)
        with self._lock:
            self._now[host] -= 1


def test_every_question_is_put_once_with_the_known_images() -> None:
    resolver = Counting()
    questions = {question("a", str(number)): frozenset({str(number)}) for number in range(50)}
    answers = fetch_answers(questions, resolver, lambda _: 4)
    assert answers.images == dict.fromkeys(questions, Found(A))
    assert dict(resolver.requested) == questions
    assert len(resolver.requested) == 50


def test_a_host_never_gets_more_questions_at_once_than_its_connections() -> None:
    resolver = Counting()
    questions = {question(host, str(number)): frozenset[str]() for host in "ab" for number in range(30)}
    fetch_answers(questions, resolver, lambda asked: 2 if asked.host == "a" else 5)
    assert resolver.most["a"] <= 2
    assert resolver.most["b"] <= 5


def test_lists_share_the_connections_of_their_host_with_questions() -> None:
    resolver = Counting()
    questions = {question("a", str(number)): frozenset[str]() for number in range(15)}
    lists = [Listing(Host("a"), f"acme/app{number}") for number in range(15)]
    answers = fetch_answers(questions, resolver, lambda _: 3, listings=lists)
    assert answers.lists == {each: Listed((str(each),)) for each in lists}
    assert answers.images == dict.fromkeys(questions, Found(A))
    assert resolver.most["a"] <= 3


def test_a_list_that_failed_is_an_answer_of_its_own() -> None:
    class Down(Counting):
        def list_tags(self, listing: Listing) -> ListAnswer:
            return Failure(Reason.UNREACHABLE, f"{listing} is down.")

    listing = Listing(Host("a"), "acme/app")
    assert fetch_answers({}, Down(), lambda _: 1, listings=[listing]).lists == {
        listing: Failure(Reason.UNREACHABLE, "a/acme/app is down.")
    }


def test_a_registry_that_hangs_does_not_delay_the_others() -> None:
    released = threading.Event()
    done: list[str] = []

    class HangingUntilTheOthersAreDone(Unlisted):
        def resolve(self, asked: Question, *, known: KnownImages = frozenset()) -> Answer:
            assert known == frozenset()
            if asked.host == "slow":
                assert released.wait(60)
            else:
                done.append(asked.host)
                if len(done) == 20:
                    released.set()
            return Found(A)

    questions = {question("slow", str(number)): frozenset[str]() for number in range(100)}
    questions |= {question("fast", str(number)): frozenset[str]() for number in range(20)}
    assert len(fetch_answers(questions, HangingUntilTheOthersAreDone(), lambda _: 8).images) == 120


class Hanging(Counting):
    """Answers for host `b` only when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def resolve(self, question: Question, *, known: KnownImages = frozenset()) -> Answer:
        self.requested.append((question, known))
        if question.host == "b":
            assert self.let_go.wait(30)
        return Found(A)


def test_a_late_answer_is_a_failure_stays_open_and_counts_in_the_pass_after_it_comes() -> None:
    resolver, answered = Hanging(), threading.Event()
    late = LateReplies(0.5, answered.set)
    questions = {question(host, tag): frozenset[str]() for host in ("a", "b") for tag in ("1", "2")}
    text = "b has not answered in time; the pass goes on without it. A late answer is used in the next pass."
    open_, waiting = question("b", "1"), question("b", "2")

    def asked() -> Answers:
        late.begin()
        return fetch_answers(questions, resolver, lambda _: 1, late=late)

    expected = {each: Found(A) if each.host == "a" else Failure(Reason.UNREACHABLE, text) for each in questions}
    assert asked().images == expected
    assert asked().images == expected
    times = [each for each, _ in resolver.requested]
    assert (times.count(open_), times.count(question("a", "1"))) == (1, 2), "one that is open is not asked again"
    resolver.let_go.set()
    assert answered.wait(30)
    until(lambda: not late.still_open(questions))
    late.patience = 30.0
    assert asked().images == dict.fromkeys(questions, Found(A))
    times = [each for each, _ in resolver.requested]
    assert times.count(open_) == 1
    assert times.count(waiting) >= 1
    assert asked().images == dict.fromkeys(questions, Found(A))
    assert [each for each, _ in resolver.requested].count(open_) == 2, "an answer counts once"


def test_a_failure_that_comes_late_causes_no_wakeup() -> None:
    class Failing(Hanging):
        def resolve(self, question: Question, *, known: KnownImages = frozenset()) -> Answer:
            super().resolve(question, known=known)
            return Failure(Reason.UNREACHABLE, "no")

    resolver, answered = Failing(), threading.Event()
    late = LateReplies(0.05, answered.set)
    asked = question("b", "1")
    fetch_answers({asked: frozenset()}, resolver, lambda _: 1, late=late)
    assert late.still_open([asked]) == {asked}
    resolver.let_go.set()
    until(lambda: not late.still_open([asked]))
    assert not answered.is_set()


def test_progress_is_reported_after_every_answer() -> None:
    told: list[tuple[int, int]] = []
    fetch_answers(
        {question("a", "1"): frozenset(), question("a", "2"): frozenset()},
        Counting(),
        lambda _: 1,
        lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]


def test_a_bug_in_a_thread_is_raised_in_the_thread_of_the_caller() -> None:
    class Broken(Unlisted):
        def resolve(self, asked: Question, *, known: KnownImages = frozenset()) -> Answer:
            raise ZeroDivisionError(str(asked) + str(known))

    with pytest.raises(ZeroDivisionError):
        fetch_answers({question("a", "1"): frozenset()}, Broken(), lambda _: 1)


def test_no_question_needs_no_thread() -> None:
    before = threading.active_count()
    assert fetch_answers({}, Counting(), lambda _: 1) == Answers()
    assert threading.active_count() == before
