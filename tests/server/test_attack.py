"""Strangers who mean harm: everything bounded, everybody else served meanwhile."""

from __future__ import annotations

import gzip
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reconciler.server import listener as listening
from reconciler.server.body import Bodies
from reconciler.server.listener import Listener
from tests.kit.signing_sender import bearer
from tests.kit.webhooks import distribution_event
from tests.server.conftest import SECRET, Site

MIB = 1024 * 1024
HOOK = "/hooks/registry/distribution"


def resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


@contextmanager
def raw(site: Site, data: bytes) -> Iterator[socket.socket]:
    """A connection on which this was sent."""
    host, _, port = site.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(data)
        yield connection


def status(connection: socket.socket) -> int:
    """The status of what comes back, 0 where the connection is closed without a word."""
    try:
        line = connection.recv(65536).partition(b"\r\n")[0].split()
    except ConnectionError:
        return 0
    return int(line[1]) if line else 0


def head(length: str = "", more: str = "") -> bytes:
    return f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n{length}{more}\r\n".encode()


def send_all(connection: socket.socket, piece: bytes, times: int) -> None:
    """Send it so many times, or until the other side has had enough."""
    try:
        for _ in range(times):
            connection.sendall(piece)
    except (ConnectionError, TimeoutError):
        return


def test_a_body_of_fifty_megabytes_is_refused_before_it_is_read(site: Site) -> None:
    with raw(site, head(f"Content-Length: {50 * MIB}\r\n")) as connection:
        assert status(connection) == 413
    with raw(site, head(f"Content-Length: {'9' * 4000}\r\n")) as connection:
        assert status(connection) in {400, 413}
    assert site.ask("GET", "/healthz")[0] == 200


def test_chunks_for_ever_end_at_the_same_size(site: Site) -> None:
    before = resident()
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with raw(site, head("Transfer-Encoding: chunked\r\n")) as connection:
        send_all(connection, chunk, 50 * 16)
        assert status(connection) in {413, 0}
    assert resident() - before < 16 * MIB


def test_a_compressed_bomb_stays_compressed(site: Site) -> None:
    bomb = gzip.compress(b"[" * 50 * MIB)
    before = resident()
    headers = bearer(SECRET) | {"content-encoding": "gzip", "content-type": "application/json"}
    assert site.ask("POST", HOOK, bomb, headers)[0] == 415
    assert resident() - before < 16 * MIB


def test_heads_that_are_too_large_or_no_http_are_refused(site: Site) -> None:
    for data in (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000, b"\x16\x03\x01\x02\x00\x01", b"GET /" + b"x" * 99_999):
        with raw(site, b"") as connection:
            send_all(connection, data, 1)
            assert status(connection) in {400, 431, 0}
    assert site.ask("GET", "/healthz")[0] == 200


def test_a_slow_body_is_given_up(tmp_path: Path) -> None:
    with (
        Site(tmp_path, Bodies(seconds=0.3)).running() as site,
        raw(site, head("Content-Length: 100\r\n") + b"{") as connection,
    ):
        assert status(connection) == 408


def test_slow_heads_are_closed_while_others_are_served(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "HEAD_SECONDS", 0.5)
    with ExitStack() as stack:
        slow = [stack.enter_context(raw(site, data)) for data in (b"POST /hooks", b"", head()[:-4]) for _ in range(20)]
        assert site.post(HOOK, distribution_event(), bearer(SECRET)) == 202
        assert {status(connection) for connection in slow} == {0}


def test_a_slow_second_head_on_a_kept_connection_is_closed_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "HEAD_SECONDS", 0.5)
    with raw(site, b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n") as connection:
        assert status(connection) == 200
        connection.sendall(b"GET /healthz HT")
        assert status(connection) == 0


def test_all_bodies_together_have_a_bound(tmp_path: Path) -> None:
    with Site(tmp_path, Bodies(most=2 * MIB)).running() as site, ExitStack() as stack:
        begun = head(f"Content-Length: {MIB}\r\n") + b"x" * (MIB - 1000)
        for _ in range(2):
            stack.enter_context(raw(site, begun))
        time.sleep(0.3)
        answers = [stack.enter_context(raw(site, begun)) for _ in range(2)]
        assert [status(connection) for connection in answers] == [503, 503]
        assert site.post(HOOK, distribution_event(), bearer(SECRET)) == 202


def test_no_more_connections_than_there_may_be_and_room_again_after(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "MAX_CONNECTIONS", 10)
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(raw(site, b"GET /"))
        time.sleep(0.2)
        with raw(site, b"") as refused:
            assert status(refused) == 0
    time.sleep(0.2)
    assert site.ask("GET", "/healthz")[0] == 200


_FLOOD = """
import socket, sys
host, _, port = sys.argv[1].rpartition(":")
request, times = sys.stdin.buffer.read(), int(sys.argv[2])
with socket.create_connection((host, int(port)), timeout=20) as connection, connection.makefile("rb") as answers:
    for _ in range(times):
        connection.sendall(request)
        assert answers.readline().split()[1] == b"202"
        while answers.readline().strip():
            pass
        assert answers.readline() == b"accepted\\n"
"""


def flood(site: Site, times: int) -> None:
    """So many events, one after the other, from another process."""
    body = json.dumps(distribution_event()).encode()
    request = head(f"Content-Length: {len(body)}\r\n") + body
    subprocess.run([sys.executable, "-c", _FLOOD, site.address, str(times)], input=request, check=True)


def test_thousands_of_events_leave_the_memory_flat(site: Site) -> None:
    flood(site, 200)
    before = resident()
    flood(site, 2_000)
    assert len(site.hints) == 2_200
    assert resident() - before < 8 * MIB


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from(["/hooks/registry/generic", "/hooks/registry/distribution", "/hooks/registry/zot", "/hooks/git/gitlab"]),
    st.binary(max_size=300),
    st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain", "application/x+json"]),
)  # fmt: skip
def test_arbitrary_bytes_from_a_known_sender_end_in_an_answer(site: Site, path: str, body: bytes, media: str) -> None:
    headers = bearer(SECRET) | {"x-gitlab-token": SECRET, "x-gitlab-event": "Push Hook", "content-type": media}
    assert site.ask("POST", path, body, headers)[0] in {200, 202, 400, 415}


def test_no_guess_is_let_in(site: Site) -> None:
    chance = random.Random(5)
    guesses = [bytes(chance.randrange(33, 127) for _ in range(len(SECRET))).decode() for _ in range(300)]
    assert {site.post("/hooks/git/generic", None, bearer(guess)) for guess in guesses} == {401}


def test_a_listener_stops_in_time_whoever_is_connected(tmp_path: Path) -> None:
    threads = threading.active_count()
    with ExitStack() as stack:
        with Site(tmp_path).running() as site:
            stack.enter_context(raw(site, head("Content-Length: 100\r\n") + b"{"))
            stack.enter_context(raw(site, b"GET /"))
            stack.enter_context(raw(site, b""))
            assert site.ask("GET", "/healthz")[0] == 200
        assert threading.active_count() == threads
        with pytest.raises(ConnectionError):
            site.ask("GET", "/healthz")
    with Listener(None, site.address):  # type: ignore[arg-type]  # never asked; the address is free again
        pass
