"""A small forward proxy with tunnels (CONNECT): every name leads to the one given server."""

from __future__ import annotations

import base64
import socket
from contextlib import suppress

from tests.kit.listening import Listening


class ConnectProxy(Listening):
    """A context manager. `login` is the required `user:password`, if any."""

    def __init__(self, target: str, *, login: str = "") -> None:
        super().__init__()
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._login = login
        self.address = f"127.0.0.1:{self.port}"
        """`HOST:PORT`."""
        self.tunnels: list[str] = []
        """The requested targets."""
        self.heads: list[str] = []
        """The heads of the requests: the only plain text that a proxy sees."""

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._open.append(sock)
                self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n") and (piece := sock.recv(1)):
            head += piece
        self.heads.append(head.decode("latin-1"))
        wanted = base64.b64encode(self._login.encode()).decode()
        if self._login and f"proxy-authorization: basic {wanted}".lower() not in self.heads[-1].lower():
            sock.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
            sock.close()
            return
        self.tunnels.append(self.heads[-1].split(" ")[1])
        other = socket.create_connection(self._target)
        self._open.append(other)
        sock.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        self._start(_pump, other, sock)
        _pump(sock, other)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
