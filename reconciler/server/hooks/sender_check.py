"""A sender check: whether a request shows a receiver's secret. Pure; every comparison takes the same time.

| check              | the sender gives                                                                      |
| ------------------ | ------------------------------------------------------------------------------------- |
| `authorization`    | `Authorization: Bearer SECRET`, `Authorization: SECRET`, or Basic with it as password |
| `token_header`     | the secret itself in a header of its own                                              |
| `body_signature`   | the body's HMAC in hex in a header, with or without `sha256=` before it               |
| `standard_webhook` | `webhook-signature: v1,BASE64` over id, time and body, not older than five minutes    |
| `path_secret`      | the secret as the last part of the path                                               |

A replayed event is harmless, because an event only causes another lookup. So the time is checked only for Standard
Webhooks, whose senders sign one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

TOLERANCE: Final = 300
"""Seconds that the time of a Standard Webhook may differ from ours (the specification's advice)."""
_DIGITS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_SCHEMES: Final = ("bearer ", "basic ")
_MAX_SIGNATURES: Final = 8
"""Signatures of one Standard Webhook that are tried: there are two while the sender changes its key."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one request shows."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    """Empty until the body was read."""
    path_secret: str | None
    """The last part of the path; None where there is none after the receiver's name."""
    now: float
    """Seconds since 1970."""


Check = Callable[[Attempt, bytes], bool]
"""Whether an attempt shows a secret."""


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """A check of a signature over the body; the body is needed only if the header is there."""

    header: str
    is_valid: Check

    def __call__(self, attempt: Attempt, secret: bytes) -> bool:
        """Whether the header signs the body with the secret."""
        return self.is_valid(attempt, secret)


def before_body(checks: Iterable[Check]) -> tuple[Check, ...]:
    """The checks whose result does not depend on the body."""
    return tuple(check for check in checks if not isinstance(check, SignatureCheck))


def has_signature(checks: Iterable[Check], attempt: Attempt) -> bool:
    """Whether the request has a signature over its body, so that the body has to be read."""
    return any(isinstance(check, SignatureCheck) and check.header in attempt.headers for check in checks)


def is_authentic(checks: Iterable[Check], attempt: Attempt, secrets: Iterable[bytes]) -> bool:
    """Whether any check holds for any secret; all are tried, so that the time tells nothing."""
    tried = list(checks)
    return any([check(attempt, secret) for secret in secrets for check in tried])  # noqa: C419 - no stopping early


def authorization(attempt: Attempt, secret: bytes) -> bool:
    """The secret in `Authorization`: as Bearer, as it is, or as Basic's password for any user."""
    value = attempt.headers.get("authorization", "").strip()
    scheme = next((each for each in _SCHEMES if value.lower().startswith(each)), "")
    rest = value[len(scheme) :].strip()
    password = _decoded(rest).partition(b":")[2] if scheme == "basic " else _bytes(rest)
    return any([same(password, secret), same(_bytes(value), secret)])


def path_secret(attempt: Attempt, secret: bytes) -> bool:
    """The secret as the last part of the path."""
    return same((attempt.path_secret or "").encode("utf-8", "surrogatepass"), secret)


def token_header(name: str) -> Check:
    """The secret itself in a header of this name."""
    return lambda attempt, secret: same(_bytes(attempt.headers.get(name, "")), secret)


def body_signature(header: str, algorithm: str = "sha256") -> Check:
    """The body's HMAC in hex in a header of this name."""

    def is_valid(attempt: Attempt, secret: bytes) -> bool:
        given = attempt.headers.get(header, "").strip().removeprefix(f"{algorithm}=")
        return same(_bytes(given.lower()), hmac.new(secret, attempt.body, algorithm).hexdigest().encode())

    return SignatureCheck(header, is_valid)


def _standard_webhook(attempt: Attempt, secret: bytes) -> bool:
    """The symmetric signature of Standard Webhooks; the secret is `whsec_` and base64, or its own bytes."""
    key = (
        _decoded(secret.removeprefix(b"whsec_").decode("ascii", "replace")) if secret.startswith(b"whsec_") else secret
    )
    time = attempt.headers.get("webhook-timestamp", "")
    signed = b".".join((_bytes(attempt.headers.get("webhook-id", "")), _bytes(time), attempt.body))
    wanted = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = attempt.headers.get("webhook-signature", "").split()[:_MAX_SIGNATURES]
    matches = any([same(_bytes(each), wanted) for each in given])  # noqa: C419 - no stopping early
    recent = _DIGITS.fullmatch(time) is not None and abs(attempt.now - int(time)) <= TOLERANCE
    return matches and recent and bool(key)


standard_webhook: Final = SignatureCheck("webhook-signature", _standard_webhook)
"""The signature of Standard Webhooks 1.0; GitLab signs so."""


def same(given: bytes, secret: bytes) -> bool:
    """Whether both are the same, in a time that depends on neither's content; an empty secret equals nothing."""
    equal = hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(secret).digest())
    return equal and bool(secret)


def _bytes(value: str) -> bytes:
    """A header's bytes as they came."""
    return value.encode("latin-1", "replace")


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""
