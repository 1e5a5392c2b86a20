"""A loop whose port attackers reach: endless bodies, slow clients, floods and replays. It stays small and works."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from reconciler.daemon.follow_up import FOLLOW_UPS
from tests.kit.loop import Loop
from tests.kit.process import usage
from tests.kit.signing_sender import bearer
from tests.kit.site import SECRET, Site, site
from tests.kit.webhooks import distribution_event

MIB = 1024 * 1024
HOOK = "/hooks/registry/hub"
GROWTH = 64 * MIB
"""Bytes of memory that all tests here may add; a loop has about 60 MiB."""
EVENTS = 2_000
SENDERS = 4
SLOW = 200


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Loop]]:
    """One loop for all tests here, in any order; after them it is as small as before, and works."""
    with site(tmp_path_factory.mktemp("attacked")) as here, here.loop() as loop:
        loop.until_ready()
        before = usage(loop.pid).resident
        yield here, loop
        assert loop.ask("/healthz") == (200, "ok\n")
        assert usage(loop.pid).resident - before < GROWTH
        moved = here.move("t0")
        loop.until(lambda: here.top("t0") == moved)
        loop.stop()
        assert SECRET not in loop.output()


def head(length: str) -> bytes:
    return f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n{length}\r\n\r\n".encode()


def send_again_and_again(connection: socket.socket, piece: bytes) -> None:
    """Send the piece until there are more than fifty megabytes, which no buffer on the way holds."""
    for _ in range(50 * MIB // len(piece) + 1000):
        connection.sendall(piece)


def test_bodies_of_fifty_megabytes_are_refused(attacked: tuple[Site, Loop]) -> None:
    _, loop = attacked
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    for first, piece in ((f"Content-Length: {50 * MIB}", b"x" * 65536), ("Transfer-Encoding: chunked", chunk)):
        with socket.create_connection(("127.0.0.1", loop.port), timeout=20) as connection:
            connection.sendall(head(first))
            with pytest.raises(ConnectionError):
                send_again_and_again(connection, piece)
    assert loop.metric("imagestream_hooks_total", 'result="too-large"') == 2


def passes_at_rest(loop: Loop) -> float:
    """The number of passes, when no follow-up of an earlier push can cause another one."""
    passes, since = loop.metric("imagestream_passes_total"), time.monotonic()
    while time.monotonic() < since + FOLLOW_UPS[-1] + 2:
        time.sleep(0.1)
        now = loop.metric("imagestream_passes_total")
        passes, since = now, time.monotonic() if now != passes else since
    return passes


def test_malformed_and_unauthenticated_events_are_refused_and_wake_nothing(attacked: tuple[Site, Loop]) -> None:
    here, loop = attacked
    passes = passes_at_rest(loop)
    event = json.dumps(distribution_event("push", "acme/app", "t0", here.registry)).encode()
    known = bearer(SECRET) | {"content-type": "application/json"}
    nested = b"[" * 1_000_000
    deep = b'{"events":' * 50_000 + b"1" + b"}" * 50_000
    unheard = json.dumps(
        {"events": [{"action": "explode", "target": {"repository": "acme/app", "tag": "t0"}}]}
    ).encode()
    ours = json.dumps({"ref": "refs/heads/main", "after": here.bare.head("main")}).encode()
    push = {"content-type": "application/json", "x-github-event": "push"}
    signature = {"x-hub-signature-256": "sha256=" + hmac.new(SECRET.encode(), ours, hashlib.sha256).hexdigest()}
    cases = (
        ("nested too deep", HOOK, nested, known, 400),
        ("nested for long", HOOK, deep, known, 400),
        ("an unknown event", HOOK, unheard, known, 200),
        ("no secret", HOOK, event, {"content-type": "application/json"}, 401),
        ("a wrong secret", HOOK, event, known | bearer("guess"), 401),
        ("an unknown receiver", "/hooks/registry/none", event, known, 404),
        ("a wrong signature", "/hooks/git/forge", ours, push | {"x-hub-signature-256": "sha256=" + "0" * 64}, 401),
        ("a signature of something else", "/hooks/git/forge", ours + b" ", push | signature, 401),
        ("an unknown kind of event", "/hooks/git/forge", ours, push | signature | {"x-github-event": "explode"}, 200),
    )
    assert {what: loop.ask(path, body, headers)[0] for what, path, body, headers, _ in cases} == {
        what: status for what, _, _, _, status in cases
    }
    assert [loop.ask("/hooks/git/forge", ours, push | signature)[0] for _ in range(50)] == [202] * 50
    time.sleep(0.2)
    assert loop.metric("imagestream_passes_total") == passes, "replays of our own push wake nothing"


def test_replays_of_an_old_push_record_nothing(attacked: tuple[Site, Loop]) -> None:
    here, loop = attacked
    before = here.bare.head("main")
    event = json.dumps(distribution_event("push", "acme/app", "t0", here.registry)).encode()
    known = bearer(SECRET) | {"content-type": "application/json"}
    assert Counter(loop.ask(HOOK, event, known)[0] for _ in range(100)) == {202: 100}
    time.sleep(0.5)
    assert here.bare.head("main") == before


def test_other_clients_are_served_beside_slow_ones(attacked: tuple[Site, Loop]) -> None:
    here, loop = attacked
    with ExitStack() as stack:
        for number in range(SLOW):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", loop.port), timeout=20))
            connection.sendall(
                (b"POST ", head("Content-Length: 9")[:40], head("Content-Length: 1000") + b"{")[number % 3]
            )
        moved = here.move("t0")
        loop.until(lambda: here.top("t0") == moved)
        assert loop.ask("/healthz")[0] == 200
        assert usage(loop.pid).descriptors > SLOW
    loop.until(lambda: usage(loop.pid).descriptors < SLOW / 4)


def test_thousands_of_events_in_a_second_cause_few_looks(attacked: tuple[Site, Loop]) -> None:
    here, loop = attacked
    asked = loop.metric("imagestream_registry_questions_total")
    flood(here, loop)
    assert loop.metric("imagestream_hints_total") >= EVENTS
    assert loop.metric("imagestream_registry_questions_total") - asked < EVENTS / 2, "each look answers several events"
    assert usage(loop.pid).threads < 40


def test_all_events_of_an_outage_cause_one_look_and_its_follow_ups(attacked: tuple[Site, Loop]) -> None:
    """No look is possible meanwhile, so the number does not depend on the speed of the machine."""
    here, loop = attacked
    passes_at_rest(loop)
    asked = loop.metric("imagestream_registry_questions_total")
    away = here.bare.path.with_name("away.git")
    here.bare.path.rename(away)
    loop.hang_up()
    loop.until(lambda: "the remote cannot be reached" in loop.output())
    flood(here, loop)
    away.rename(here.bare.path)
    loop.until(lambda: loop.metric("imagestream_registry_questions_total") > asked)
    passes_at_rest(loop)
    assert loop.metric("imagestream_registry_questions_total") - asked <= 2 * (1 + len(FOLLOW_UPS))


def flood(here: Site, loop: Loop) -> None:
    """Post all events; each is accepted."""
    statuses: Counter[int] = Counter()
    threads = [threading.Thread(target=send_events, args=(here, loop, statuses)) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == {202: EVENTS}


def send_events(here: Site, loop: Loop, statuses: Counter[int]) -> None:
    """Post this sender's share of the events over one connection."""
    event = json.dumps(distribution_event("push", "acme/app", "t0", here.registry)).encode()
    known = bearer(SECRET) | {"content-type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", loop.port, timeout=20)
    for _ in range(EVENTS // SENDERS):
        connection.request("POST", HOOK, event, known)
        answer = connection.getresponse()
        answer.read()
        statuses[answer.status] += 1
    connection.close()
