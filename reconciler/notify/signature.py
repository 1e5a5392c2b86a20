"""Signatures of requests: Standard Webhooks (`v1`), and the one of GitHub's webhooks.

Standard Webhooks signs `ID.TIME.BODY` with HMAC-SHA256. With several lines in the file of the secret every line signs,
so that a receiver may change from one key to the next at any moment. A later try has the same id and a new time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from reconciler.notify.kind import SecretError

_PREFIX: Final = b"whsec_"
_SHORTEST, _LONGEST = 24, 64
"""Bytes of a key (Standard Webhooks)."""
_REMEDY: Final = f"Write whsec_ and {_SHORTEST} to {_LONGEST} random bytes in base64."


def standard_webhooks(identifier: str, time: int, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The three headers of Standard Webhooks. `time` is in seconds since 1970.

    Raises `SecretError` for a secret that is no key of Standard Webhooks.
    """
    signed = f"{identifier}.{time}.".encode() + body
    signatures = (hmac.digest(_key(secret), signed, hashlib.sha256) for secret in secrets)
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(time),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
    }


def hub_signature(body: bytes, secret: bytes) -> dict[str, str]:
    """The header of GitHub's webhooks, which Tekton's GitHub interceptor checks: HMAC-SHA256 in hexadecimal digits."""
    return {"X-Hub-Signature-256": f"sha256={hmac.digest(secret, body, hashlib.sha256).hex()}"}


def _key(secret: bytes) -> bytes:
    if not secret.startswith(_PREFIX):
        raise SecretError(f"its secret is no key of Standard Webhooks. {_REMEDY}")
    text = secret.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise SecretError(f"its secret is not base64 behind whsec_. {_REMEDY}") from error
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise SecretError(f"its secret has {len(key)} bytes. {_REMEDY}")
    return key
