"""The receiver of the demo: a sink inside this process, which keeps the CloudEvents that it gets (binary mode)."""

from __future__ import annotations

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, Self

from reconciler.demo.http_server import DemoServer

_MAX_BODY = 1_000_000


class DemoReceiver:
    """A context manager that listens while its block runs, at a free port or at the given one."""

    def __init__(self, port: int = 0) -> None:
        self._received: list[dict[str, Any]] = []
        self._server = DemoServer(port, type("Handler", (_Handler,), {"received": self._received}))

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`."""
        return self._server.address

    def take(self) -> list[dict[str, Any]]:
        """What came since the last call: the data of each event, in order."""
        taken = self._received[:]
        del self._received[: len(taken)]
        return taken

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "imagestream-demo"
    received: list[dict[str, Any]]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Print nothing."""

    def do_POST(self) -> None:
        """Keep the JSON of the body."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _MAX_BODY:
            self._answer(HTTPStatus.BAD_REQUEST)
            return
        try:
            data = json.loads(self.rfile.read(int(length)))
        except ValueError:
            data = None
        if isinstance(data, dict):
            self.received.append(data)
        self._answer(HTTPStatus.NO_CONTENT if isinstance(data, dict) else HTTPStatus.BAD_REQUEST)

    def _answer(self, status: HTTPStatus) -> None:
        self.close_connection = status is not HTTPStatus.NO_CONTENT
        self.send_response(status)
        self.end_headers()
