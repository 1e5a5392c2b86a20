"""A TCP relay in front of one server that can fail as networks do: it refuses connections, or stops in the middle."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from tests.kit.listening import Listening

ANY = 1 << 62


class Relay(Listening):
    """A context manager that listens on a free port. Its behaviour can be changed at any time."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._target = ("127.0.0.1", port)
        self._resumed = threading.Event()
        self._down = self._up = ANY
        self.refuses = False
        """Whether connections are closed at once."""
        self.stalled = 0
        """The number of streams that stopped in the middle."""

    def stall(self, *, down: int = ANY, up: int = ANY) -> None:
        """Forward only some bytes of each new connection, in each direction."""
        self._resumed.clear()
        self._down, self._up = down, up

    def break_off(self) -> None:
        """Close the connections that are open."""
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def resume(self) -> None:
        """Work again; stopped connections are closed."""
        self.refuses, self._down, self._up = False, ANY, ANY
        self._resumed.set()

    def __exit__(self, *_: object) -> None:
        self._resumed.set()
        super().__exit__()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.refuses:
                    client.close()
                    continue
                server = socket.create_connection(self._target)
                self._open += [client, server]
                self._start(self._pump, server, client, self._down)
                self._start(self._pump, client, server, self._up)

    def _pump(self, source: socket.socket, sink: socket.socket, most: int) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data[:most])
                most -= len(data)
                if most <= 0:
                    self.stalled += 1
                    self._resumed.wait()
                    break
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR if most > 0 else socket.SHUT_RDWR)
