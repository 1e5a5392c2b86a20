"""A mail server on loopback that takes one mail (SMTP, RFC 5321) and keeps it."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from email.message import EmailMessage
from typing import Self


class MailServer:
    """A context manager: listens from `with` on, on an ephemeral port."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(30)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._lines: list[bytes] = []
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        """`HOST:PORT`."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._thread.join(30)

    @property
    def mail(self) -> EmailMessage:
        """The mail that came."""
        return email.message_from_bytes(b"".join(self._lines), policy=email.policy.default)

    def _serve(self) -> None:
        sock, _ = self._listener.accept()
        with sock, sock.makefile("rwb") as stream:
            stream.write(b"220 mail.example.com\r\n")
            stream.flush()
            for line in stream:
                word = line.split()[0].upper()
                stream.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(word, b"250 ok\r\n"))
                stream.flush()
                if word == b"QUIT":
                    return
                if word == b"DATA":
                    self._lines = list(iter(stream.readline, b".\r\n"))
                    stream.write(b"250 ok\r\n")
                    stream.flush()
