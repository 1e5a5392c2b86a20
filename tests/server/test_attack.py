"""Attacks by clients without a secret: everything has a bound, and other clients are served meanwhile."""

from __future__ import annotations

import gzip
import hmac
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reconciler.server.http.body import Bodies, Overflow
from reconciler.server.http.connection import Limits
from reconciler.server.http.listener import Listener
from tests.kit.loop import PATIENCE, until
from tests.kit.signing_sender import bearer
from tests.kit.webhooks import distribution_event
from tests.server.conftest import SECRET, Site

MIB = 1024 * 1024
HOOK = "/hooks/registry/distribution"


def resident() -> int:
    """The bytes of memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


@contextmanager
def raw(site: Site, data: bytes, source: str = "") -> Iterator[socket.socket]:
    """A connection on which these bytes were sent."""
    host, _, port = site.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20, source_address=(source, 0)) as connection:
        connection.sendall(data)
        yield connection


def status(connection: socket.socket) -> int:
    """The status of the answer; 0 if the connection is closed without one."""
    try:
        line = connection.recv(65536).partition(b"\r\n")[0].split()
    except ConnectionError:
        return 0
    return int(line[1]) if line else 0


def head(length: str = "", more: str = "") -> bytes:
    return f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n{length}{more}\r\n".encode()


def send_all(connection: socket.socket, piece: bytes, times: int) -> None:
    """Send the piece so many times, or until the server ends the connection."""
    try:
        for _ in range(times):
            connection.sendall(piece)
    except (ConnectionError, TimeoutError):
        return


def is_cut(connection: socket.socket, piece: bytes) -> bool:
    """Whether the server ends the connection while the piece is sent again and again."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            connection.sendall(piece)
        except (ConnectionError, TimeoutError):
            return True
        time.sleep(0.02)
    return False


def test_a_body_of_fifty_megabytes_is_refused_before_it_is_read(site: Site) -> None:
    with raw(site, head(f"Content-Length: {50 * MIB}\r\n")) as connection:
        assert status(connection) == 413
    with raw(site, head(f"Content-Length: {'9' * 4000}\r\n")) as connection:
        assert status(connection) in {400, 413}
    assert site.ask("GET", "/healthz")[0] == 200


def test_endless_chunks_end_at_the_same_size(site: Site) -> None:
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


def test_heads_that_are_too_large_or_not_http_are_refused(site: Site) -> None:
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


def test_slow_heads_are_closed_while_others_are_served(tmp_path: Path) -> None:
    with Site(tmp_path, limits=Limits(head=2.0)).running() as site, ExitStack() as stack:
        slow = [stack.enter_context(raw(site, data)) for data in (b"POST /hooks", b"", head()[:-4]) for _ in range(20)]
        assert site.post(HOOK, distribution_event(), bearer(SECRET)) == 202
        assert {status(connection) for connection in slow} == {0}


def test_a_slow_second_head_on_a_kept_connection_is_closed_too(tmp_path: Path) -> None:
    asked = b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with Site(tmp_path, limits=Limits(head=2.0)).running() as site, raw(site, asked) as connection:
        assert status(connection) == 200
        connection.sendall(b"GET /healthz HT")
        assert status(connection) == 0


def test_all_bodies_together_have_a_bound(tmp_path: Path) -> None:
    bodies = Bodies(most=2 * MIB)
    with Site(tmp_path, bodies).running() as site, ExitStack() as stack:
        begun = head(f"Content-Length: {MIB}\r\n") + b"x" * (MIB - 1000)
        for _ in range(2):
            stack.enter_context(raw(site, begun))
        until(lambda: bodies.size == 2 * (MIB - 1000))
        answers = [stack.enter_context(raw(site, begun)) for _ in range(2)]
        assert [status(connection) for connection in answers] == [503, 503]
        assert site.post(HOOK, distribution_event(), bearer(SECRET)) == 202


def test_a_new_connection_is_accepted_and_the_one_that_waited_longest_is_cut(tmp_path: Path) -> None:
    with Site(tmp_path, limits=Limits(connections=10)).running() as site, ExitStack() as stack:
        waiting = [stack.enter_context(raw(site, b"GET /")) for _ in range(15)]
        assert site.ask("GET", "/healthz")[0] == 200
        assert [status(each) for each in waiting[:6]] == [0] * 6
        waiting[-1].sendall(b"healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status(waiting[-1]) == 200


def test_the_address_with_the_most_connections_makes_room(tmp_path: Path) -> None:
    with Site(tmp_path, limits=Limits(connections=10)).running() as site, ExitStack() as stack:
        alone = stack.enter_context(raw(site, b"GET /", source="127.0.0.2"))
        for _ in range(30):
            stack.enter_context(raw(site, b"GET /"))
        alone.sendall(b"healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status(alone) == 200


PIPELINED = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


def stuck(site: Site) -> socket.socket:
    """A connection that sends many requests and reads no answer."""
    host, _, port = site.address.rpartition(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.connect((host, int(port)))
    connection.sendall(PIPELINED * 1_000)
    return connection


def test_a_client_that_never_reads_is_cut_and_keeps_no_other_out(tmp_path: Path) -> None:
    with Site(tmp_path, limits=Limits(connections=10, answer=0.5)).running() as site, ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(stuck(site))
            assert site.ask("GET", "/healthz")[0] == 200
        connection.settimeout(20)
        assert is_cut(connection, b"x")


def test_pipelined_requests_are_answered_one_after_the_other(site: Site) -> None:
    last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with raw(site, PIPELINED * 50 + last) as connection, connection.makefile("rb") as answers:
        assert answers.read().count(b"HTTP/1.1 200 OK\r\n") == 51


@pytest.mark.parametrize(
    "path", ["/hooks/registry/nosuch", "/hooks/registry/zot", "/hooks/registry/generic", "/nothing"]
)
def test_a_request_that_is_refused_is_answered_before_its_body_arrives(site: Site, path: str) -> None:
    sent = f"POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {MIB}\r\n\r\n".encode()
    with raw(site, sent) as connection:
        answer = connection.makefile("rb").read()
    assert answer.startswith((b"HTTP/1.1 401 ", b"HTTP/1.1 404 "))
    with raw(site, sent) as connection:
        send_all(connection, b"x" * 65536, 15)
        assert status(connection) in {401, 404}  # a client that goes on sending gets the answer too


def test_an_endless_body_that_is_not_read_is_cut(tmp_path: Path) -> None:
    sent = b"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with Site(tmp_path, limits=Limits(linger=0.3)).running() as site, raw(site, sent) as connection:
        assert status(connection) == 200
        assert is_cut(connection, b"1\r\nx\r\n")


def test_a_client_that_closes_its_side_is_still_answered(site: Site) -> None:
    with raw(site, b"GET /healthz HTTP/1.0\r\n\r\n") as connection:
        connection.shutdown(socket.SHUT_WR)
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("upgrade", ["h2c", "websocket"])
def test_nothing_is_upgraded(site: Site, upgrade: str) -> None:
    more = f"Connection: Upgrade\r\nUpgrade: {upgrade}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
    with raw(site, f"GET /healthz HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode()) as connection:
        assert status(connection) == 200


def test_unauthenticated_senders_that_stall_keep_no_signed_event_out(tmp_path: Path) -> None:
    signed = f"POST /hooks/registry/ghcr HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256=0\r\nContent-Length: {MIB}\r\n\r\n"
    bodies = Bodies(most=2 * MIB, overflow=Overflow.OLDEST)
    with Site(tmp_path, unauthenticated=bodies).running() as site, ExitStack() as stack:
        begun = signed.encode() + b"x" * (MIB - 1000)
        stalled = [stack.enter_context(raw(site, begun)) for _ in range(5)]
        assert [status(each) for each in stalled[:3]] == [503] * 3
        body = b'{"action": "created"}'
        signature = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
        assert site.ask("POST", "/hooks/registry/ghcr", body, {"x-hub-signature-256": f"sha256={signature}"})[0] == 200
        assert site.post(HOOK, distribution_event(), bearer(SECRET)) == 202


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
    """Post so many events, one after the other, from another process."""
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


PIECES = (
    b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /metrics HTTP/1.0\r\n\r\n",
    b"HEAD /readyz HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
    b"OPTIONS /hooks/registry/acr HTTP/1.1\r\nHost: x\r\n\r\n",
    f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {SECRET}\r\n".encode(),
    b"POST /hooks/git/github HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: sha256=0\r\n",
    b"POST /hooks/registry/nosuch HTTP/1.1\r\nHost: x\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n",
    b"Content-Length: 5\r\n\r\n",
    b"Expect: 100-continue\r\n",
    b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
    b"5\r\n[1,2]\r\n",
    b"0\r\n\r\n",
    b"hello",
    b"zz\r\n",
    b"\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x00\xff",
)


@hypothesis_settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=7))
def test_any_bytes_end_in_answers_or_a_closed_connection(
    site: Site, caplog: pytest.LogCaptureFixture, pieces: list[bytes]
) -> None:
    with raw(site, b"") as connection:
        for piece in pieces:
            send_all(connection, piece, 1)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            assert connection.makefile("rb").read()[:5] in {b"HTTP/", b""}
    assert [record.getMessage() for record in caplog.records if record.levelname in {"WARNING", "ERROR"}] == []


def test_no_guessed_secret_is_accepted(site: Site) -> None:
    chance = random.Random(5)
    guesses = [bytes(chance.randrange(33, 127) for _ in range(len(SECRET))).decode() for _ in range(300)]
    assert {site.post("/hooks/git/generic", None, bearer(guess)) for guess in guesses} == {401}


def test_a_listener_stops_in_time_with_any_clients_connected(tmp_path: Path) -> None:
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
