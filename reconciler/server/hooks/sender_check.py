"""Proofs: how a sender shows that it knows a receiver's secret. Pure; every comparison takes the same time.

| proof            | what is sent                                                                          |
| ---------------- | ------------------------------------------------------------------------------------- |
| header           | `Authorization: Bearer SECRET`, `Authorization: SECRET`, or Basic with it as password |
| token            | the secret itself in a header of the sender's own                                     |
| signature        | the body's HMAC in hex in a header, with or without `sha256=` before it               |
| standard webhook | `webhook-signature: v1,BASE64` over id, time and body, not older than five minutes    |
| path             | the secret as the last part of the path                                               |

A replay is harmless: an event only makes us look again. So only Standard Webhooks, whose senders give a time, has one.
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
"""Seconds that a Standard Webhook's time may be off (its specification's own advice)."""
_DIGITS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_SCHEMES: Final = ("bearer ", "basic ")
_MAX_SIGNATURES: Final = 8
"""Of one Standard Webhook: its sender signs with an old and a new key while it changes them."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request, as far as it may prove anything."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    path_secret: str | None
    now: float
    """Seconds since 1970."""


Proof = Callable[[Attempt, bytes], bool]


@dataclass(frozen=True, slots=True)
class Signed:
    """A proof over the body, in a header of this name; without the header there is no need to read the body."""

    name: str
    holds: Proof

    def __call__(self, attempt: Attempt, secret: bytes) -> bool:
        """Whether the header signs the body."""
        return self.holds(attempt, secret)


def before_body(proofs: Iterable[Proof]) -> tuple[Proof, ...]:
    """The proofs that hold or fail before the body is read."""
    return tuple(proof for proof in proofs if not isinstance(proof, Signed))


def is_signed(proofs: Iterable[Proof], attempt: Attempt) -> bool:
    """Whether the sender says that it has signed the body, so that it has to be read."""
    return any(isinstance(proof, Signed) and proof.name in attempt.headers for proof in proofs)


def proves(proofs: Iterable[Proof], attempt: Attempt, secrets: Iterable[bytes]) -> bool:
    """Whether any proof holds for any secret; all are tried, whatever the first ones say."""
    tried = list(proofs)
    return any([proof(attempt, secret) for secret in secrets for proof in tried])  # noqa: C419 - no stopping early


def header(attempt: Attempt, secret: bytes) -> bool:
    """The secret in `Authorization`: as Bearer, as it is, or as Basic's password for any user."""
    value = attempt.headers.get("authorization", "").strip()
    scheme = next((each for each in _SCHEMES if value.lower().startswith(each)), "")
    rest = value[len(scheme) :].strip()
    password = _decoded(rest).partition(b":")[2] if scheme == "basic " else _bytes(rest)
    return any([same(password, secret), same(_bytes(value), secret)])


def path(attempt: Attempt, secret: bytes) -> bool:
    """The secret as the last part of the path."""
    return same((attempt.path_secret or "").encode("utf-8", "surrogatepass"), secret)


def token(name: str) -> Proof:
    """The secret itself in a header of this name."""
    return lambda attempt, secret: same(_bytes(attempt.headers.get(name, "")), secret)


def signature(name: str, algorithm: str = "sha256") -> Proof:
    """The body's HMAC in hex in a header of this name."""

    def holds(attempt: Attempt, secret: bytes) -> bool:
        given = attempt.headers.get(name, "").strip().removeprefix(f"{algorithm}=")
        return same(_bytes(given.lower()), hmac.new(secret, attempt.body, algorithm).hexdigest().encode())

    return Signed(name, holds)


def standard_webhook(attempt: Attempt, secret: bytes) -> bool:
    """Standard Webhooks' symmetric signature (GitLab signs so); the secret is `whsec_` and base64, or its own bytes."""
    key = (
        _decoded(secret.removeprefix(b"whsec_").decode("ascii", "replace")) if secret.startswith(b"whsec_") else secret
    )
    time = attempt.headers.get("webhook-timestamp", "")
    signed = b".".join((_bytes(attempt.headers.get("webhook-id", "")), _bytes(time), attempt.body))
    wanted = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = attempt.headers.get("webhook-signature", "").split()[:_MAX_SIGNATURES]
    matches = any([same(_bytes(each), wanted) for each in given])  # noqa: C419 - likewise
    recent = _DIGITS.fullmatch(time) is not None and abs(attempt.now - int(time)) <= TOLERANCE
    return matches and recent and bool(key)


def same(given: bytes, secret: bytes) -> bool:
    """Whether both are the same, in a time that depends on neither's content; nothing is never a secret."""
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


REGISTRY_PROOFS: Final[Mapping[str, tuple[Proof, ...]]] = {
    "acr": (header, path),
    "artifactory": (token("x-jfrog-event-auth"), signature("x-jfrog-event-auth")),
    "distribution": (header,),
    "dockerhub": (path,),
    "ecr": (header,),
    "gar": (path,),
    "generic": (header, signature("x-signature")),
    "ghcr": (signature("x-hub-signature-256"),),
    "gitlab": (header,),
    "harbor": (header,),
    "nexus": (signature("x-nexus-webhook-signature", "sha1"),),
    "quay": (path,),
    "zot": (header,),
}
GIT_PROOFS: Final[Mapping[str, tuple[Proof, ...]]] = {
    "azure-devops": (header,),
    "bitbucket": (signature("x-hub-signature"),),
    "bitbucket-datacenter": (signature("x-hub-signature"), header),
    "forgejo": tuple(map(signature, ("x-forgejo-signature", "x-gitea-signature", "x-hub-signature-256"))),
    "generic": (header, signature("x-signature")),
    "gitea": tuple(map(signature, ("x-gitea-signature", "x-hub-signature-256"))),
    "github": (signature("x-hub-signature-256"),),
    "gitlab": (token("x-gitlab-token"), Signed("webhook-signature", standard_webhook)),
}
