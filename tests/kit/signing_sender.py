"""Senders of webhooks: the headers with which each kind shows its secret."""

from __future__ import annotations

import base64
import hashlib
import hmac


def bearer(secret: str) -> dict[str, str]:
    """`Authorization: Bearer`."""
    return {"authorization": f"Bearer {secret}"}


def basic(user: str, secret: str) -> dict[str, str]:
    """`Authorization: Basic`."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


def signed(
    name: str, secret: str, body: bytes, *, prefix: str = "sha256=", algorithm: str = "sha256"
) -> dict[str, str]:
    """The HMAC of the body in a header."""
    return {name: prefix + hmac.new(secret.encode(), body, algorithm).hexdigest()}


def standard(secret: str, body: bytes, time: int, ident: str = "msg_1") -> dict[str, str]:
    """Standard Webhooks; the secret is `whsec_` and base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{ident}.{time}.".encode() + body
    signature = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    headers = {"webhook-id": ident, "webhook-timestamp": str(time)}
    return headers | {"webhook-signature": f"v1a,b2xk v1,b2xk v1,{signature}"}
