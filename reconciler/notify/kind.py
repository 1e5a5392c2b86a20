"""A kind of sink: how a notification becomes a request, and what an answer means.

It is pure: requests and answers are values, so that each kind is tested without a network. `http_sender` sends them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from reconciler.errors import InputError
from reconciler.model.notification import Notification
from reconciler.notify.outcome import Outcome
from reconciler.transport.message import HttpRequest, HttpResponse

JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification on its way to one sink."""

    notification: Notification
    url: str = field(repr=False)
    """The address; it may be a secret itself."""
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    """The lines of the file of the secret; the first is the newest. None if the sink has no secret."""
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    time: int = 0
    """Now, in seconds since 1970."""

    @property
    def token(self) -> str:
        """The newest secret as text for a header or a form; empty if there is none.

        Raises `SecretError` for text that a header cannot hold.
        """
        text = self.secrets[0].decode("latin-1") if self.secrets else ""
        if not (text.isascii() and text.isprintable()):
            raise SecretError("its token has characters that a token cannot have. Write it again, on one line.")
        return text

    def below(self, path: str) -> str:
        """The address with `path` behind its own path; its query stays."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{path}", fragment=""))


@dataclass(frozen=True, slots=True)
class HttpKind:
    """A kind that is told by one HTTP request."""

    name: str
    request: Callable[[Delivery], HttpRequest]
    """Raises `SecretError` where the secret cannot be used."""
    judge: Callable[[HttpResponse], Outcome | None] = lambda _: None
    """The meaning of an answer that differs from the usual one (`answer`); None for the usual one."""


class SecretError(InputError):
    """A secret that is there but cannot be used; the text says what to write, without the secret."""


def json_request(
    delivery: Delivery, body: object, headers: Mapping[str, str] | None = None, *, url: str = "", method: str = "POST"
) -> HttpRequest:
    """A request with a JSON body, to the address of the delivery unless another is given."""
    return HttpRequest(method, url or delivery.url, {"Content-Type": JSON_TYPE, **(headers or {})}, json_bytes(body))


def json_bytes(body: object) -> bytes:
    """JSON in UTF-8, as short as it can be; a lone surrogate is replaced."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def bearer(delivery: Delivery) -> dict[str, str]:
    """The header with the token, or none if there is no token (RFC 6750)."""
    return {"Authorization": f"Bearer {delivery.token}"} if delivery.secrets else {}
