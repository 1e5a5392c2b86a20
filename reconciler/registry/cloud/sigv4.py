"""AWS Signature Version 4: signs a request with a secret key, without sending the key.

Amazon's documentation calls the three steps the canonical request, the string to sign, and the signature. Only what
this project sends is covered: a body that is in memory, and a path without `.` and `..`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from reconciler.transport.message import HttpRequest, Origin

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Keys:
    """An access key. Its `repr` shows nothing of it."""

    access_key: str = field(repr=False)
    secret: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    """Part of temporary keys; empty for others."""


def signed(request: HttpRequest, keys: Keys, service: str, region: str, now: datetime) -> HttpRequest:
    """The request with `Host`, `X-Amz-Date`, `Authorization` and, for temporary keys, `X-Amz-Security-Token`."""
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {**request.headers, "Host": Origin.of(request.url).name, "X-Amz-Date": moment}
    if keys.session_token:
        headers["X-Amz-Security-Token"] = keys.session_token
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    names, canonical = _canonical(replace(request, headers=headers))
    to_sign = "\n".join((_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = hmac.new(_signing_key(keys.secret, scope), to_sign.encode(), hashlib.sha256).hexdigest()
    parameters = f"Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return replace(request, headers={**headers, "Authorization": f"{_ALGORITHM} {parameters}"})


def _canonical(request: HttpRequest) -> tuple[str, str]:
    """The names of the signed headers, and the request in the form that both sides hash."""
    parts = urlsplit(request.url)
    headers = sorted((name.lower(), " ".join(value.split())) for name, value in request.headers.items())
    names = ";".join(name for name, _ in headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers)
    body = hashlib.sha256(request.body or b"").hexdigest()
    path = quote(parts.path or "/", safe="/~")  # quoted once more than in the URL, as all services except S3 require
    return names, "\n".join((request.method, path, _query(parts.query), lines, names, body))


def _query(text: str) -> str:
    """Parameters in order of name and value, each with its equal sign, quoted as in the URL."""
    pairs = sorted(pair.partition("=")[::2] for pair in text.split("&")) if text else []
    return "&".join(f"{name}={value}" for name, value in pairs)


def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
