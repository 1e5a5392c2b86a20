"""Rate limits of registries: read from every header, and respected before a refusal."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.host import Host
from reconciler.model.observation import Failure, Found, Listed, Listing, Question, Reason
from reconciler.registry.client import RegistryClient
from reconciler.registry.rate_limit import RateLimit, rate_limit_of, too_many_requests, used_up
from reconciler.transport.message import HttpResponse
from reconciler.transport.retry_after import retry_after
from tests.kit.clock import START, FakeClock
from tests.kit.faults import FaultServer, Reply, as_json
from tests.registry.scripted import IMAGE, TAGGED, about, manifest

KNOWN = frozenset({IMAGE.digest})
HUB = {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "87;w=21600", "docker-ratelimit-source": "192.0.2.1"}


@pytest.mark.parametrize(
    ("headers", "rate_limit"),
    [
        ({}, None),
        (HUB, RateLimit(87, 100, 21600.0)),
        (HUB | {"ratelimit-remaining": "0;w=21600"}, RateLimit(0, 100, 21600.0)),
        ({"ratelimit-remaining": "5"}, RateLimit(5)),
        ({"ratelimit-remaining": "5", "ratelimit-limit": "10;w=60"}, RateLimit(5, 10, 60.0)),
        ({"ratelimit-remaining": " 5 ; w=60 "}, RateLimit(5, None, 60.0)),
        ({"ratelimit-remaining": "5;x=1;w=60"}, RateLimit(5, None, 60.0)),
        ({"ratelimit-remaining": "5;w=soon"}, RateLimit(5)),
        ({"ratelimit-remaining": "9;w=1, 3;w=3600"}, RateLimit(3, None, 3600.0)),
        ({"ratelimit-remaining": "0;w=1, 0;w=60"}, RateLimit(0, None, 60.0)),
        (
            {"ratelimit-remaining": "9;w=1, 3;w=3600", "ratelimit-limit": "10;w=1, 50;w=3600"},
            RateLimit(3, 50, 3600.0),
        ),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-limit": "180", "x-ratelimit-reset": "30"},
            RateLimit(0, 180, None, 30.0),
        ),
        (
            {"ratelimit-remaining": "0", "ratelimit-reset": str(int(START.timestamp()) + 90)},
            RateLimit(0, None, None, 90.0),
        ),
        (
            {"ratelimit-remaining": "0", "ratelimit-reset": str(int(START.timestamp()) - 90)},
            RateLimit(0, None, None, 0.0),
        ),
        ({"ratelimit-remaining": "many"}, None),
        ({"ratelimit-remaining": "-1"}, None),
        ({"ratelimit-remaining": ""}, None),
        ({"ratelimit-remaining": "9" * 400}, None),
        ({"ratelimit-remaining": "\u0665"}, None),
        ({"ratelimit-limit": "100;w=21600"}, None),
    ],
)
def test_the_headers_of_every_registry_are_read(headers: dict[str, str], rate_limit: RateLimit | None) -> None:
    assert rate_limit_of(HttpResponse(200, headers), START) == rate_limit


@pytest.mark.parametrize("status", [401, 403])
def test_the_limit_for_anonymous_clients_is_ignored(status: int) -> None:
    assert rate_limit_of(HttpResponse(status, {"ratelimit-remaining": "0"}), START) is None


@pytest.mark.parametrize(
    ("rate_limit", "pause"),
    [
        (RateLimit(1, window=60.0, reset=60.0), 0.0),
        (RateLimit(0, window=60.0, reset=5.0), 5.0),
        (RateLimit(0, window=60.0), 60.0),
        (RateLimit(0), math.inf),
    ],
)
def test_a_pause_is_as_long_as_the_registry_requests(rate_limit: RateLimit, pause: float) -> None:
    assert rate_limit.pause == pause


@pytest.mark.parametrize(
    ("rate_limit", "text"),
    [
        (RateLimit(0), "for now: none is left. It is asked again in the next pass."),
        (RateLimit(0, 100, 21600.0), "for now: 100 in 6 h are used up. It is asked again in the next pass."),
        (RateLimit(0, 100, 90.0), "for now: 100 in 90 s are used up. It is asked again in the next pass."),
        (RateLimit(0, 100, 120.0, 60.0), "until 2026-11-23T08:01:00Z: 100 in 2 min are used up."),
        (RateLimit(0, 100, None, 60.0), "until 2026-11-23T08:01:00Z: 100 are used up."),
    ],
)
def test_a_registry_without_remaining_requests_has_a_time_in_its_message(rate_limit: RateLimit, text: str) -> None:
    error = used_up("hub.example.com", rate_limit, START)
    assert str(error) == f"hub.example.com allows no more requests {text}"
    assert error.reason is Reason.RATE_LIMITED


def test_a_host_without_remaining_requests_gets_no_more_in_the_pass(client: RegistryClient, clock: FakeClock) -> None:
    last = manifest(IMAGE, RateLimit_Limit="100;w=21600", RateLimit_Remaining="0;w=21600")
    with FaultServer({f"* {TAGGED}": last, "* /v2/a/b/tags/list": as_json({"tags": ["1"]})}) as server:
        assert client.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
        text = f"{server.address} allows no more requests for now: 100 in 6 h are used up. It is asked again in the next pass."
        assert client.resolve(about(server), known=KNOWN) == Failure(
            Reason.RATE_LIMITED, f"image {server.address}/a/b:1: {text}"
        )
        asked = Listing(Host(server.address), "a/b")
        assert client.list_tags(asked) == Failure(Reason.RATE_LIMITED, f"tags of {server.address}/a/b: {text}")
        assert len(server.requests) == 1
        client.new_pass()
        assert client.list_tags(asked) == Listed(("1",))
    assert clock.pauses == []


def test_without_remaining_requests_the_bytes_of_an_image_are_not_fetched(client: RegistryClient) -> None:
    with FaultServer({f"* {TAGGED}": manifest(IMAGE, RateLimit_Remaining="0;w=21600")}) as server:
        answer = client.resolve(about(server))
    assert isinstance(answer, Failure)
    assert answer.reason is Reason.RATE_LIMITED
    assert server.requested() == [f"HEAD {TAGGED}"]


@pytest.mark.parametrize("header", ["1;w=21600", "0;w=1", "nothing", ""])
def test_something_left_or_a_short_window_stops_nothing(client: RegistryClient, header: str) -> None:
    with FaultServer({f"* {TAGGED}": manifest(IMAGE, RateLimit_Remaining=header)}) as server:
        for _ in range(3):
            assert client.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)


def test_a_used_up_limit_counts_for_its_own_host_only(client: RegistryClient, clock: FakeClock) -> None:
    used = manifest(IMAGE, RateLimit_Remaining="0;w=21600")
    with FaultServer({"*": used}) as hub, FaultServer({"*": manifest(IMAGE)}) as other:
        client.resolve(about(hub), known=KNOWN)
        for _ in range(3):
            assert isinstance(client.resolve(about(hub)), Failure)
            assert client.resolve(about(other), known=KNOWN) == Found(IMAGE.digest)
    assert clock.pauses == []


def test_a_registry_that_stays_limited_is_reported_with_the_end_of_its_limit(
    client: RegistryClient, clock: FakeClock
) -> None:
    with FaultServer({"*": Reply(429, {"Retry-After": "10", "Content-Type": "text/plain"}, b"slow down")}) as server:
        answer = client.resolve(Question(Host(server.address), "a/b", "1"))
    assert answer == Failure(
        Reason.RATE_LIMITED,
        f"image {server.address}/a/b:1: {server.address} allows no more requests until 2026-11-23T08:00:30Z (429).",
    )
    assert clock.pauses == [10.0, 10.0]


@given(st.text(), st.text(), st.text())
def test_any_headers_are_a_rate_limit_or_none(remaining: str, limit: str, reset: str) -> None:
    headers = {"ratelimit-remaining": remaining, "ratelimit-limit": limit, "ratelimit-reset": reset}
    rate_limit = rate_limit_of(HttpResponse(200, headers), START)
    if rate_limit is not None:
        assert rate_limit.remaining >= 0
        assert rate_limit.pause >= 0
        str(used_up("h", rate_limit, START))


@given(st.text() | st.datetimes().map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT")))
def test_any_retry_after_is_a_pause_with_a_message(text: str) -> None:
    response = HttpResponse(429, {"retry-after": text}, url="https://r.example.com/v2/")
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert retry_after(response, now) >= 0
    assert str(too_many_requests(response, now)).startswith("r.example.com allows no more requests ")
