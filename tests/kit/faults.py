"""A scripted server on a real socket: each route has one behaviour, or a sequence, and every request is recorded.

It is not a registry: it answers what the table says, however wrong. Behaviours that wait end when the server stops.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, Self
from urllib.parse import parse_qs, urlsplit

_STEP = 0.02
"""Seconds between two bytes of a slow answer."""
_MAX_HEADER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request that came in."""

    method: str
    path: str
    """The path without the query."""
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    """The headers; names are in lower case."""
    body: bytes


class Wire:
    """The connection that a behaviour writes to."""

    def __init__(self, sock: socket.socket, stopped: threading.Event) -> None:
        self._socket = sock
        self._stopped = stopped

    def send(self, data: bytes) -> None:
        """Send bytes; a closed connection is not an error."""
        self._socket.sendall(data)

    def drip(self, data: bytes) -> None:
        """Send one byte at a time."""
        for byte in data:
            if self._stopped.wait(_STEP):
                return
            self.send(bytes([byte]))

    def wait(self) -> None:
        """Wait until the server stops."""
        self._stopped.wait()

    def reset(self) -> None:
        """Close with RST in place of FIN."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    @property
    def stopped(self) -> bool:
        """Whether the server is stopping."""
        return self._stopped.is_set()


class Behaviour(Protocol):
    """The behaviour of a route."""

    def play(self, request: Recorded, wire: Wire) -> bool:
        """Answer; True keeps the connection for the next request."""


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Scripted\r\n{lines}\r\n".encode("latin-1")


@dataclass(frozen=True, slots=True)
class Reply:
    """A well-formed answer. For HEAD it sends the headers only."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def play(self, request: Recorded, wire: Wire) -> bool:
        """Answer and keep the connection."""
        headers = {"Content-Length": str(len(self.body))} | dict(self.headers)
        wire.send(_head(self.status, headers) + (b"" if request.method == "HEAD" else self.body))
        return True


@dataclass(frozen=True, slots=True)
class HangBeforeHeaders:
    """Accepts the request and sends no answer."""

    def play(self, request: Recorded, wire: Wire) -> bool:  # noqa: ARG002 - says the same to everyone
        """Wait for the end."""
        wire.wait()
        return False


@dataclass(frozen=True, slots=True)
class DripHeaders:
    """Sends a status line, then headers that never end, one byte at a time."""

    def play(self, request: Recorded, wire: Wire) -> bool:  # noqa: ARG002 - says the same to everyone
        """Send slowly until the server stops or the client closes the connection."""
        wire.send(b"HTTP/1.1 200 OK\r\n")
        while not wire.stopped:
            wire.drip(b"X-Filler: drop\r\n")
        return False


@dataclass(frozen=True, slots=True)
class DripBody:
    """Sends proper headers, then the body one byte at a time."""

    headers: Mapping[str, str] = field(default_factory=dict)
    size: int = 100_000

    def play(self, request: Recorded, wire: Wire) -> bool:  # noqa: ARG002 - says the same to everyone
        """Send slowly until the server stops or the client closes the connection."""
        wire.send(_head(200, {"Content-Length": str(self.size)} | dict(self.headers)))
        wire.drip(b"x" * self.size)
        return False


@dataclass(frozen=True, slots=True)
class CutBody:
    """Announces more than it sends, and closes."""

    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{"
    announced: int = 1000

    def play(self, request: Recorded, wire: Wire) -> bool:  # noqa: ARG002 - says the same to everyone
        """Send a part and close."""
        wire.send(_head(200, {"Content-Length": str(self.announced)} | dict(self.headers)) + self.body)
        return False


@dataclass(frozen=True, slots=True)
class EndlessBody:
    """Sends chunks without an end."""

    headers: Mapping[str, str] = field(default_factory=dict)

    def play(self, request: Recorded, wire: Wire) -> bool:  # noqa: ARG002 - says the same to everyone
        """Send until the server stops or the client closes the connection."""
        wire.send(_head(200, {"Transfer-Encoding": "chunked"} | dict(self.headers)))
        while not wire.stopped:
            wire.send(b"10000\r\n" + b" " * 65536 + b"\r\n")
        return False


@dataclass(frozen=True, slots=True)
class HugeBody:
    """Announces a gigabyte and sends no byte."""

    headers: Mapping[str, str] = field(default_factory=dict)
    announced: int = 1 << 30

    def play(self, request: Recorded, wire: Wire) -> bool:  # noqa: ARG002 - says the same to everyone
        """Announce and wait."""
        wire.send(_head(200, {"Content-Length": str(self.announced)} | dict(self.headers)))
        wire.wait()
        return False


@dataclass(frozen=True, slots=True)
class Break:
    """Closes the connection without an answer, with or without a reset."""

    reset: bool = False

    def play(self, request: Recorded, wire: Wire) -> bool:  # noqa: ARG002 - says the same to everyone
        """Close without an answer."""
        if self.reset:
            wire.reset()
        return False


@dataclass(frozen=True, slots=True)
class Raw:
    """Sends exactly these bytes and closes."""

    data: bytes

    def play(self, request: Recorded, wire: Wire) -> bool:  # noqa: ARG002 - says the same to everyone
        """Send and close."""
        wire.send(self.data)
        return False


@dataclass(frozen=True, slots=True)
class Decide:
    """Chooses a behaviour by the request."""

    choose: Callable[[Recorded], Behaviour]

    def play(self, request: Recorded, wire: Wire) -> bool:
        """Run the chosen behaviour."""
        return self.choose(request).play(request, wire)


def html() -> Reply:
    """The page of a captive portal, or the error page of a proxy."""
    return Reply(200, {"Content-Type": "text/html; charset=utf-8"}, b"<!DOCTYPE html><title>Welcome</title>")


def as_json(document: object, status: int = 200, **headers: str) -> Reply:
    """A JSON answer."""
    return Reply(status, {"Content-Type": "application/json"} | headers, json.dumps(document).encode())


Route = Behaviour | Sequence[Behaviour]


class FaultServer:
    """Routes are `METHOD /path`, `* /path` for any method, or `*`. A sequence has one behaviour a request; the last repeats.

    A path without a route is answered 404. A context manager: listens from `with` on, on an ephemeral port.
    """

    def __init__(
        self, routes: Mapping[str, Route], *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        self._routes = {name: [route] if hasattr(route, "play") else list(route) for name, route in routes.items()}
        self._tls = tls
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((host, 0), backlog=64)
        self.address = f"{host}:{self._listener.getsockname()[1]}"
        """`HOST:PORT`."""
        self.requests: list[Recorded] = []
        """Every request, in the order of arrival."""
        self.connections = 0
        """The number of accepted connections."""

    @property
    def url(self) -> str:
        """The base URL."""
        return f"{'https' if self._tls else 'http'}://{self.address}"

    def route(self, name: str, route: Route) -> None:
        """Add or replace a route; for answers that contain the server's own address."""
        with self._lock:
            self._routes[name] = [route] if hasattr(route, "play") else list(route)

    def requested(self) -> list[str]:
        """`METHOD /path` of every request so far."""
        with self._lock:
            return [f"{request.method} {request.path}" for request in self.requests]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            remaining = list(self._open)
        for sock in remaining:
            _hang_up(sock)
        for thread in list(self._threads):
            thread.join(10)

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.add(sock)
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        talking = sock
        try:
            if self._tls is not None:
                talking = self._tls.wrap_socket(sock, server_side=True)
                with self._lock:
                    self._open.add(talking)
            elif sock.recv(1, socket.MSG_PEEK) == b"\x16":  # TLS; as Go's servers answer it
                sock.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTPS request to an HTTP server.\n")
                return
            stream = talking.makefile("rb")
            while self._one(talking, stream):
                pass
            stream.close()
        except (OSError, ValueError):
            pass  # the client hung up, or broke off the handshake
        finally:
            with self._lock:
                self._open -= {sock, talking}
            talking.close()
            sock.close()

    def _one(self, sock: socket.socket, stream: BinaryIO) -> bool:
        request = _read(stream)
        if request is None:
            return False
        with self._lock:
            self.requests.append(request)
            behaviour = self._next(request)
        return behaviour.play(request, Wire(sock, self._stopped))

    def _next(self, request: Recorded) -> Behaviour:
        for name in (f"{request.method} {request.path}", f"* {request.path}", "*"):
            row = self._routes.get(name)
            if row:
                return row.pop(0) if len(row) > 1 else row[0]
        return Reply(404)


def _read(stream: BinaryIO) -> Recorded | None:
    line = _line(stream)
    if not line:
        return None
    method, target, _ = line.split(" ", 2)
    headers: dict[str, str] = {}
    while header := _line(stream):
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Recorded(method, parts.path, parse_qs(parts.query), headers, body)


def _line(stream: BinaryIO) -> str:
    data: bytes = stream.readline(_MAX_HEADER)
    return data.decode("latin-1").rstrip("\r\n")


def _hang_up(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
