from __future__ import annotations

import http.client
import subprocess
import sys
from contextlib import closing
from http import HTTPStatus

import pytest
from starlette.types import Receive, Scope, Send

from reconciler.errors import UsageError
from reconciler.server.http.listener import Listener
from tests.kit.loop import PATIENCE


async def nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """An application that answers nothing."""


def test_a_listener_knows_its_port() -> None:
    for address, host in (("127.0.0.1:0", "127.0.0.1"), ("localhost:0", "127.0.0.1"), ("[::1]:0", "[::1]")):
        with Listener(nothing, address) as listener:
            found, _, port = listener.address.rpartition(":")
            assert found == host
            assert int(port) > 0


@pytest.mark.parametrize(
    "address", ["8080", "127.0.0.1", "::1:80", "127.0.0.1:65536", "http://x:80", "x:-1", "a b:1", "x:٣"]
)
def test_a_malformed_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        Listener(nothing, address)
    assert str(caught.value) == (
        f"--listen {address!r} is not an address. Write HOST:PORT, such as 127.0.0.1:8080 or [::]:8080."
    )


def test_an_address_in_use_is_an_error() -> None:
    with Listener(nothing, "127.0.0.1:0") as first, pytest.raises(UsageError) as caught:
        Listener(nothing, first.address)
    assert str(caught.value) == f"--listen {first.address} cannot be listened on: Address already in use."


_PROGRAM = """
import signal, sys, threading
from reconciler.server.http.listener import Listener
done = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: done.set())
async def app(scope, receive, send): pass
with Listener(app, "127.0.0.1:0") as listener:
    print(listener.address, flush=True)
    while not done.wait(0.05): pass
"""


def test_a_process_with_a_listener_ends_on_sigterm() -> None:
    with subprocess.Popen([sys.executable, "-c", _PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        connection = http.client.HTTPConnection(process.stdout.readline().decode().strip(), timeout=PATIENCE)
        with closing(connection):
            connection.request("GET", "/")
            assert connection.getresponse().status == HTTPStatus.INTERNAL_SERVER_ERROR  # it answers, so it runs
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, b"")


def test_an_address_of_another_host_is_an_error() -> None:
    with pytest.raises(UsageError) as caught:
        Listener(nothing, "host.invalid:0")
    assert str(caught.value).startswith("--listen host.invalid:0 cannot be listened on: ")
