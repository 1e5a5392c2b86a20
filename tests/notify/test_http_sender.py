"""Sinks that fail, hang, redirect, limit, are gone, or lie inside; and what a person is told of it."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

import pytest

from reconciler.clock import SystemClock
from reconciler.model.config import Sink
from reconciler.notify.outcome import Delivered, Failed, Outcome, Refused
from reconciler.notify.senders import HTTP_KINDS, SinkSenders
from reconciler.transport.failure import Limits
from tests.kit.faults import (
    Behaviour,
    Break,
    CutBody,
    DripBody,
    EndlessBody,
    FaultServer,
    HangBeforeHeaders,
    HugeBody,
    Raw,
    Reply,
    as_json,
)
from tests.kit.notified import NOTIFICATION, SinkHouse, sink_house


def told(house: SinkHouse, behaviour: Behaviour) -> tuple[Outcome, str]:
    """What became of a notification to a server that behaves so, and the server's address."""
    with FaultServer({"*": behaviour}) as server:
        return house.send(Sink("it", url=f"{server.url}/in")), server.address


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Reply(200), Delivered()),
        (Reply(202, {}, b"{}"), Delivered()),
        (Reply(204), Delivered()),
        (
            Reply(302, {"Location": "http://127.0.0.1:1/secret"}),
            Failed("{} redirects (302), which is not followed. Write the final address.", retryable=False),
        ),
        (Reply(401), Failed("{} answers 401. Check its secret.", retryable=False)),
        (Reply(403), Failed("{} answers 403. Check its secret, and what that may do.", retryable=False)),
        (
            Reply(403, {"Retry-After": "60"}, b"secondary rate limit"),
            Failed("{} answers 403 (secondary rate limit). Check its secret, and what that may do.", retry_after=60),
        ),
        (Reply(404), Failed("{} answers 404. Check its address, and what its secret may see.", retryable=False)),
        (Reply(429, {"Retry-After": "7"}), Failed("{} answers 429.", retry_after=7)),
        (
            Reply(429, {"Retry-After": "Mon, 23 Nov 2026 08:00:30 GMT"}),
            Failed("{} answers 429.", retry_after=30),
        ),
        (Reply(429, {"Retry-After": "999999999999999"}), Failed("{} answers 429.", retry_after=3600)),
        (
            as_json({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}, 429),
            Failed('{} answers 429 ({{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}}).', retry_after=2.5),
        ),
        (Reply(500, {}, b"<h1>Oops</h1>"), Failed("{} answers 500 (<h1>Oops</h1>).")),
        (Reply(503, {"Retry-After": "soon"}), Failed("{} answers 503.")),
        (Reply(599), Failed("{} answers 599.")),
        (Reply(400, {}, b"no\x1b[31m such\r\nfield"), Refused("{} answers 400 (no such field).")),
        (Reply(413), Refused("{} answers 413.")),
        (Reply(422, {}, b"x" * 5000), Refused("{} answers 422 (" + "x" * 199 + "…).")),
        (
            Reply(410),
            Refused(
                "{} answers 410. It takes no more notifications; take the sink out, or correct it.", permanent=True
            ),
        ),
    ],
    ids=lambda value: f"{value.status}" if isinstance(value, Reply) else "",
)
def test_every_answer_has_a_meaning(house: SinkHouse, answer: Reply, expected: Outcome) -> None:
    outcome, host = told(house, answer)
    if not isinstance(expected, Delivered):
        expected = replace(expected, message=expected.message.format(host))
    assert outcome == expected


@pytest.mark.parametrize("failing", [Break(), Raw(b"SSH-2.0-OpenSSH\r\n"), CutBody()])
def test_a_sink_that_breaks_off_has_not_taken_anything(house: SinkHouse, failing: Behaviour) -> None:
    outcome, host = told(house, failing)
    assert isinstance(outcome, Failed)
    assert outcome.message.startswith(host)


@pytest.mark.parametrize("large", [HugeBody(), EndlessBody()])
def test_a_sink_that_takes_a_notification_may_say_more_than_is_read(house: SinkHouse, large: Behaviour) -> None:
    assert told(house, large)[0] == Delivered()


@pytest.mark.parametrize("slow", [HangBeforeHeaders(), DripBody()])
def test_a_sink_that_hangs_is_left_after_its_time(house: SinkHouse, slow: Behaviour) -> None:
    house.clock, house.limits = SystemClock(), Limits(1, 0.2, 0.4)
    outcome, host = told(house, slow)
    assert isinstance(outcome, Failed)
    assert outcome.retryable
    assert outcome.message in {f"{host} sent nothing for 0.2 s.", f"{host} did not finish its answer within 0.4 s."}


def test_a_sink_that_is_not_there_is_tried_again(house: SinkHouse) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        host = f"127.0.0.1:{taken.getsockname()[1]}"
    assert house.send(Sink("it", url=f"http://{host}/in")) == Failed(f"{host} refuses the connection.")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "http://{}/in",
            "{} is a private address, which is refused. Allow it with allowPrivate of the Installation if it is correct.",
        ),
        (
            "http://localhost:{port}/in",
            "localhost:{port} is a private address, which is refused. "
            "Allow it with allowPrivate of the Installation if it is correct.",
        ),
        (
            "http://0x7f000001:{port}/in",
            "0x7f000001:{port} is a private address, which is refused. "
            "Allow it with allowPrivate of the Installation if it is correct.",
        ),
        ("http://user:pw@{}/in", "{} has a user name in its address, which is refused."),
    ],
)
def test_an_address_inside_is_refused_before_anything_is_sent(house: SinkHouse, url: str, message: str) -> None:
    closed = sink_house(house.folder, "10.9.9.9")
    with FaultServer({"*": Reply(200)}) as server:
        port = server.address.partition(":")[2]
        outcome = closed.send(Sink("it", url=url.format(server.address, port=port)))
        assert outcome == Failed(message.format(server.address, port=port), retryable=False)
        assert server.connections == 0


def test_a_redirect_to_another_sink_is_not_followed(house: SinkHouse) -> None:
    with FaultServer({"*": Reply(200)}) as other, FaultServer({"*": Reply(307, {"Location": other.url})}) as server:
        assert isinstance(house.send(Sink("it", url=server.url)), Failed)
        assert other.connections == 0


ADDRESSES: Mapping[str, str] = {
    "openshift-build": "/apis/x/webhooks/S3cr3tHook/generic",
    "slack": "/services/T0/B0/XyZ-secret-path",
    "teams": "/workflows/XyZ-secret-path?sig=S3cr3tSig",
}
SECRETS = {"openshift-build": ("S3cr3tHook",), "slack": ("XyZ-secret-path",), "teams": ("XyZ-secret-path", "S3cr3tSig")}
OPTIONS: Mapping[str, Mapping[str, str]] = {"gitlab": {"ref": "main"}, "matrix": {"room": "!a:b"}}


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 410, 429, 500])
@pytest.mark.parametrize("kind", sorted(HTTP_KINDS))
def test_no_message_has_a_secret_even_if_the_sink_sends_it_back(house: SinkHouse, kind: str, status: int) -> None:
    key = "whsec_" + "QUFB" * 8 if kind == "cloudevents" else "t0ken-of-a-sink"
    secrets = SECRETS.get(kind, (key,))
    path = ADDRESSES.get(kind, "")
    with FaultServer({}) as server:
        echo = f"{path} {' '.join(secrets)} {server.url}{path}"
        server.route("*", Reply(status, {"Location": f"http://x/?q={secrets[-1]}"}, echo.encode()))
        file = house.secret("it", f"{server.url}{path}" if path else key, server.url)
        outcome = house.send(Sink("it", kind, "" if path else server.url, file, options=OPTIONS.get(kind, {})))
    assert not isinstance(outcome, Delivered)
    assert [secret for secret in secrets if secret in outcome.message] == []


def test_a_secret_is_hidden_in_the_spelling_of_urls_and_of_json_too(house: SinkHouse) -> None:
    token = 'a+b/"c&d='
    with FaultServer({}) as server:
        server.route("*", Reply(400, {}, f"{quote(token, safe='')} {json.dumps(token)} {token}".encode()))
        outcome = house.send(Sink("it", "jenkins", server.url, house.secret("it", token, server.url)))
    assert outcome == Refused(f'{server.address} answers 400 (*** "***" ***).')


@pytest.mark.parametrize("text", ["ghp_Zs8fj3k2mX", "https://", "ftp://h/x", "https://a b/", "http://[::1", "\\\\x\\y"])
def test_a_file_without_an_address_is_not_shown(house: SinkHouse, text: str) -> None:
    outcome = house.send(Sink("it", "slack", secret=house.secret("it", text)))
    assert isinstance(outcome, Failed)
    assert not outcome.retryable
    assert "Zs8fj3k2mX" not in outcome.message


def test_a_secret_of_another_form_is_explained(house: SinkHouse) -> None:
    sink = Sink("it", url="https://ci.example.com/", secret=house.secret("it", "hunter2"))
    said = "its secret is no key of Standard Webhooks. Write whsec_ and 24 to 64 random bytes in base64."
    assert house.send(sink) == Failed(said, retryable=False)


def test_a_process_without_the_secret_leaves_the_sink_alone(house: SinkHouse) -> None:
    sink = Sink("it", url="https://ci.example.com/", secret="it")
    with house.senders() as senders:
        file = house.folder / "it"
        said = f"{file} cannot be read: No such file or directory. Write what its kind of sink needs into it."
        assert senders.problem(sink) == said
        house.secret("it", "x")
        assert senders.problem(sink) is None
    with SinkSenders(replace(house.installation, secrets_dir=None), house.clock) as senders:
        assert senders.problem(sink) == "the installation has no secretsDir. Name the folder of the secrets there."


def test_two_notifications_use_one_connection(house: SinkHouse) -> None:
    with FaultServer({"*": Reply(200)}) as server, house.senders() as senders:
        sender = senders.sender(Sink("it", url=server.url))
        assert [sender.send(NOTIFICATION) for _ in range(2)] == [Delivered(), Delivered()]
        assert server.connections == 1
        assert {json.loads(request.body)["id"] for request in server.requests} == {NOTIFICATION.id}
