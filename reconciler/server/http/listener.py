"""The listener: serves the application on an address, in a thread of its own.

uvicorn reads HTTP with h11; `connection` adds the limits that uvicorn does not have. TLS ends at a proxy before it.
"""

from __future__ import annotations

import os
import re
import socket
import threading
from functools import partial
from typing import Final, Self

import uvicorn
from starlette.types import ASGIApp

from reconciler.errors import UsageError
from reconciler.server.http.connection import Connection, Limits

MAX_HEAD_BYTES: Final = 32 * 1024
GRACE_SECONDS: Final = 1
"""For requests under way when the listener is stopped."""
_ADDRESS: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/@]*):(?P<port>[0-9]{1,5})", re.ASCII)
_MAX_PORT: Final = 65_535
_BACKLOG: Final = 128
"""Connections that the kernel accepts before the server sees them, beside `Limits.connections`."""
_SEND_BYTES: Final = 64 * 1024
"""Bytes of an answer that the kernel keeps for a client that has not taken them yet."""


class Listener:
    """Listens from its creation on, and answers between `start` and `stop`; as a context manager it does both."""

    def __init__(self, app: ASGIApp, address: str, limits: Limits | None = None) -> None:
        """Bind the address `HOST:PORT`; port 0 is any free port. Raises `UsageError` if it cannot be bound."""
        self._socket = _bound(address)
        host, port = self._socket.getsockname()[:2]
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        """`HOST:PORT`, with the real port in place of 0."""
        limits = limits or Limits()
        config = uvicorn.Config(
            app,
            http=partial(Connection, limits),  # type: ignore[arg-type]  # it is only called
            backlog=_BACKLOG,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",  # the access log has what matters of it
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=limits.idle,
            timeout_graceful_shutdown=GRACE_SECONDS,
            h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, give requests under way `GRACE_SECONDS`, and return when the thread has ended."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])


def _bound(address: str) -> socket.socket:
    match = _ADDRESS.fullmatch(address)
    if match is None or int(match["port"]) > _MAX_PORT:
        raise UsageError(
            f"--listen {address!r} is not an address. Write HOST:PORT, such as 127.0.0.1:8080 or [::]:8080."
        )
    host = match["host"].strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, int(match["port"])), family=family, backlog=_BACKLOG)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror or error)
        raise UsageError(f"--listen {address} cannot be listened on: {why}.") from error
    # Connections inherit the option. asyncio sets it only on sockets that were made with the protocol number of TCP,
    # and this one was not. Without it the body of an answer waits 40 ms for the acknowledgement of its head.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
    return bound
