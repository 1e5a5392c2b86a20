"""A real HTTP sink on loopback: it takes notifications, fails, hangs, dies, and comes back at the same port."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from tests.kit.port import free_port


@dataclass(frozen=True, slots=True)
class Post:
    """One request."""

    path: str
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes

    @property
    def id(self) -> str:
        """The id of the event (CloudEvents, binary mode)."""
        return self.headers.get("ce-id", "")

    @property
    def subject(self) -> str:
        """The subject of the event."""
        return self.headers.get("ce-subject", "")


@dataclass
class HttpSink:
    """The sink; a context manager that ends it."""

    port: int = field(default_factory=free_port)
    status: int = 204
    """What it answers."""
    seen: list[Post] = field(default_factory=list)
    """Every request that came."""
    taken: list[Post] = field(default_factory=list)
    """Every request that was answered with 2xx."""
    on_post: Callable[[Post], None] | None = None
    """Called with each request before it is answered."""
    _open: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/in"

    @property
    def ids(self) -> list[str]:
        """The ids of what it took."""
        return [post.id for post in self.taken]

    def hang(self) -> None:
        """Answer nothing until `go_on`."""
        self._open.clear()

    def go_on(self) -> None:
        """Answer again."""
        self._open.set()

    def start(self) -> None:
        """Listen."""
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                sink.answer(self, Post(self.path, headers, self.rfile.read(length)))

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A client that was killed is no error."""

        self._open.set()
        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler, post: Post) -> None:
        """Answer one request."""
        self.seen.append(post)
        if self.on_post is not None:
            self.on_post(post)
        self._open.wait(60)
        status = self.status
        if 200 <= status < 300:
            self.taken.append(post)
        handler.send_response(status)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def die(self) -> None:
        """Stop listening; the port refuses connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.set()
        self.die()
