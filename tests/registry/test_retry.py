"""How often, how fast and how many requests at once: on real sockets, with a clock that only tests move."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.model.config import Installation, RegistryRule
from reconciler.model.host import Host
from reconciler.model.observation import Failure, Found, Question, Reason
from reconciler.registry.circuit_breaker import MAX_FAILURES
from reconciler.registry.client import RegistryClient
from tests.kit.clock import FakeClock
from tests.kit.faults import Behaviour, Break, CutBody, Decide, FaultServer, HangBeforeHeaders, Reply, Route
from tests.registry.conftest import MakeClient, TimeLimits
from tests.registry.scripted import IMAGE, TAGGED, ConcurrencyGauge, about, manifest

KNOWN = frozenset({IMAGE.digest})
GOOD = manifest(IMAGE)


@pytest.mark.parametrize("passing", [Reply(408), Reply(429), Reply(500), Reply(502), Reply(503), Reply(504), Break()])
def test_temporary_errors_are_tried_three_times_with_growing_pauses(
    client: RegistryClient, clock: FakeClock, passing: Behaviour
) -> None:
    with FaultServer({f"HEAD {TAGGED}": [passing, passing, GOOD]}) as server:
        assert client.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
    assert clock.pauses == [1.0, 3.0]


def test_silence_may_pass_too(make_client: MakeClient, clock: FakeClock) -> None:
    with FaultServer({f"HEAD {TAGGED}": [HangBeforeHeaders(), GOOD]}) as server:
        client = make_client(patience=TimeLimits(read=1.0))
        assert client.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
    assert clock.pauses[0] == 1.0


def test_a_body_that_is_cut_is_requested_again(client: RegistryClient, clock: FakeClock) -> None:
    routes: dict[str, Route] = {f"HEAD {TAGGED}": Reply(405), f"GET {TAGGED}": [CutBody(), GOOD]}
    with FaultServer(routes) as server:
        assert client.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
    assert clock.pauses == [1.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418])
def test_permanent_errors_are_not_retried(client: RegistryClient, clock: FakeClock, status: int) -> None:
    with FaultServer({f"HEAD {TAGGED}": Reply(status)}) as server:
        assert isinstance(client.resolve(about(server)), Failure)
    assert server.requested().count(f"HEAD {TAGGED}") == 1
    assert clock.pauses == []


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        ("7", 7.0),
        ("0", 1.0),
        ("Mon, 23 Nov 2026 08:00:09 GMT", 9.0),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 1.0),
        ("soon", 1.0),
        ("-5", 1.0),
        ("", 1.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_pause_that_a_registry_names_is_kept(
    client: RegistryClient, clock: FakeClock, status: int, retry_after: str, pause: float
) -> None:
    too_many_requests = Reply(status, {"Retry-After": retry_after})
    with FaultServer({f"HEAD {TAGGED}": [too_many_requests, GOOD]}) as server:
        assert client.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
    assert clock.pauses == [pause]


@pytest.mark.parametrize(
    ("retry_after", "until"),
    [
        ("3600", "until 2026-11-23T09:00:00Z"),
        ("Tue, 24 Nov 2026 08:00:00 GMT", "until 2026-11-24T08:00:00Z"),
        ("9" * 30, "for longer than a calendar has dates"),
    ],
)
def test_a_registry_that_wants_more_than_half_a_minute_is_left_alone_for_the_pass(
    client: RegistryClient, clock: FakeClock, retry_after: str, until: str
) -> None:
    with FaultServer({f"HEAD {TAGGED}": [Reply(429, {"Retry-After": retry_after}), GOOD]}) as server:
        answers = [client.resolve(about(server), known=KNOWN) for _ in range(3)]
        text = f"image {server.address}/a/b:1: {server.address} allows no more requests {until} (429)."
        assert answers == [Failure(Reason.RATE_LIMITED, text)] * 3
        assert len(server.requests) == 1
        client.new_pass()
        assert client.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
    assert clock.pauses == []


def test_a_registry_that_is_down_for_longer_is_not_waited_for(client: RegistryClient, clock: FakeClock) -> None:
    with FaultServer({f"HEAD {TAGGED}": Reply(503, {"Retry-After": "3600"})}) as server:
        answer = client.resolve(about(server))
    assert answer == Failure(
        Reason.UNREACHABLE, f"image {server.address}/a/b:1: {server.address} is out of order (503)."
    )
    assert clock.pauses == []


def test_a_dead_registry_is_tried_once_a_pass_and_every_question_gets_the_reason(
    client: RegistryClient, clock: FakeClock
) -> None:
    with FaultServer({"*": Break()}) as server:
        names = [f"a/{number}" for number in range(20)]
        answers = [client.resolve(Question(Host(server.address), name, "1")) for name in names]
    assert answers == [
        Failure(Reason.UNREACHABLE, f"image {server.address}/{name}:1: {server.address} broke the connection off.")
        for name in names
    ]
    assert len(server.requests) == 3
    assert clock.pauses == [1.0, 3.0]


def test_the_next_pass_calls_a_dead_registry_again(client: RegistryClient) -> None:
    with FaultServer({"*": [Break(), Break(), Break(), GOOD]}) as server:
        assert isinstance(client.resolve(about(server)), Failure)
        client.new_pass()
        assert client.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)


def test_a_dead_registry_does_not_speak_for_another(client: RegistryClient) -> None:
    with FaultServer({"*": Break()}) as dead, FaultServer({"*": GOOD}) as alive:
        assert isinstance(client.resolve(about(dead)), Failure)
        assert client.resolve(about(alive), known=KNOWN) == Found(IMAGE.digest)


def test_a_registry_that_keeps_being_out_of_order_is_given_up(client: RegistryClient) -> None:
    with FaultServer({"*": Reply(503)}) as server:
        for number in range(MAX_FAILURES + 5):
            answer = client.resolve(Question(Host(server.address), f"a/{number}", "1"))
            assert isinstance(answer, Failure)
            assert answer.reason is Reason.UNREACHABLE
    assert len(server.requests) == 3 * MAX_FAILURES


def test_one_image_out_of_order_does_not_give_up_the_registry(client: RegistryClient) -> None:
    with FaultServer({f"HEAD {TAGGED}": GOOD, "HEAD /v2/a/c/manifests/1": Reply(500)}) as server:
        for _ in range(MAX_FAILURES + 2):
            client.resolve(Question(Host(server.address), "a/c", "1"))
            assert client.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)


def test_a_host_has_no_more_requests_at_once_than_its_rule_allows(make_client: MakeClient) -> None:
    gauge = ConcurrencyGauge(GOOD, enough=3, seconds=0.05)
    with FaultServer({"*": Decide(gauge.choose)}) as server, ThreadPoolExecutor(8) as pool:
        rule = RegistryRule(server.address, connections=2)
        client = make_client(installation=Installation(registries=(rule,)))
        questions = [Question(Host(server.address), f"a/{number}", "1") for number in range(16)]
        answers = list(pool.map(lambda question: client.resolve(question, known=KNOWN), questions))
    assert answers == [Found(IMAGE.digest)] * 16
    assert gauge.most == 2
