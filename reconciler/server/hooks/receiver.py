"""Receptions: who may knock at which receiver, and what becomes of what they bring. No I/O but the secrets' files.

In this order: is there such a receiver, does the sender know its secret (or at least sign what it sends), and only
then, with the body read: is it signed, is it what such a sender sends, does it say anything of interest. Somebody who
knocks at a receiver that is not there waits as long as at one that is.
"""

from __future__ import annotations

import logging
import secrets as chance
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

from reconciler.errors import InputError
from reconciler.model.config import Installation
from reconciler.model.excerpt import excerpt
from reconciler.model.hint import GitHint, Hint, Receiver
from reconciler.server.hooks.git_event import PARSERS as GIT_PARSERS
from reconciler.server.hooks.git_event import git_hints
from reconciler.server.hooks.payload import MediaTypeError, Payload, PayloadError, read_payload
from reconciler.server.hooks.registry_event import NEED_REGISTRY, handshake, registry_hints
from reconciler.server.hooks.registry_event import PARSERS as REGISTRY_PARSERS
from reconciler.server.hooks.secret import Secrets
from reconciler.server.hooks.sender_check import (
    GIT_PROOFS,
    REGISTRY_PROOFS,
    Attempt,
    Proof,
    before_body,
    is_signed,
    proves,
)

_LOG: Final = logging.getLogger("reconciler.server")
_DECOY: Final = (chance.token_bytes(32), chance.token_bytes(32))
"""Secrets that nobody knows, for receivers that are not there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"


ACCEPTED: Final = Answer(202, b"accepted\n")
IGNORED: Final = Answer(200, b"nothing of interest\n")
UNKNOWN: Final = Answer(404)
UNPROVED: Final = Answer(401)
RESULTS: Final[Mapping[int, str]] = {
    200: "ignored",
    202: "accepted",
    400: "malformed",
    401: "unauthenticated",
    404: "unknown",
    408: "slow",
    413: "too-large",
    415: "malformed",
    500: "failed",
    503: "overloaded",
}
"""What the metric `imagestream_hooks_total` calls each status."""

_Hint = TypeVar("_Hint", Hint, GitHint)
Accept = Callable[[Payload, Receiver], "Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer, and how many hints came of it."""

    answer: Answer
    hints: int = 0


class Standing(Enum):
    """How a sender stands before its body is read."""

    PROVED = "proved"
    """It knows the secret."""
    SIGNED = "signed"
    """It says that it has signed the body; whether it has only the body can tell."""


class Reception:
    """The receivers of one path; one thread at a time."""

    def __init__(
        self, receivers: Sequence[Receiver], proofs: Mapping[str, tuple[Proof, ...]], secrets: Secrets, accept: Accept
    ) -> None:
        self._receivers = {each.name: each for each in receivers}
        self._proofs = proofs
        self._secrets = secrets
        self._accept = accept

    def knows(self, name: str) -> bool:
        """Whether there is a receiver of that name."""
        return name in self._receivers

    def without_secret(self) -> Iterator[str]:
        """The receivers that refuse every event, because their secret is not there; each with why and what to do."""
        for name in sorted(self._receivers):
            yield from self._without_secret(self._receivers[name])

    def _without_secret(self, receiver: Receiver) -> Iterator[str]:
        problem = self._secrets.problem(receiver.secret)
        if problem is not None:
            yield f"receiver {receiver.name} refuses every event: {problem}"

    def judge(self, name: str, attempt: Attempt) -> Answer | Standing:
        """Before the body is read, which is empty in the attempt: what the sender is told, or how it stands."""
        receiver = self._receivers.get(name)
        proofs = self._proofs[receiver.kind if receiver else "generic"]
        if receiver is not None and is_signed(proofs, attempt) and self._secrets.get(receiver.secret):
            return Standing.PROVED if self._proves(before_body(proofs), receiver, attempt) else Standing.SIGNED
        return self._refusal(before_body(proofs), receiver, attempt) or Standing.PROVED

    def admits(self, name: str, attempt: Attempt) -> Answer | None:
        """None where the sender has proved that it may, else what it is told."""
        receiver = self._receivers.get(name)
        return self._refusal(self._proofs[receiver.kind if receiver else "generic"], receiver, attempt)

    def _refusal(self, proofs: Sequence[Proof], receiver: Receiver | None, attempt: Attempt) -> Answer | None:
        proved = self._proves(proofs, receiver, attempt)
        if receiver is None:
            return UNKNOWN
        for text in self._without_secret(receiver) if not proved else ():
            _LOG.warning("%s", text)
        return None if proved else UNPROVED

    def _proves(self, proofs: Sequence[Proof], receiver: Receiver | None, attempt: Attempt) -> bool:
        valid = self._secrets.get(receiver.secret) if receiver else ()
        return proves(proofs, attempt, valid or _DECOY)

    def receive(self, name: str, attempt: Attempt) -> Outcome:
        """Take a webhook in. Raises what `accept` raises."""
        refused = self.admits(name, attempt)
        if refused is not None:
            return Outcome(refused)
        try:
            return self._accept(read_payload(attempt.headers, attempt.body), self._receivers[name])
        except MediaTypeError as error:
            return Outcome(Answer(415, f"{error}\n".encode()))
        except PayloadError as error:
            return Outcome(Answer(400, f"{error}\n".encode()))


def registry_reception(
    installation: Installation, secrets: Secrets, queue: Callable[[tuple[Hint, ...]], None]
) -> Reception:
    """What stands behind `/hooks/registry`. Raises `InputError` where the installation declares it wrongly."""

    def accept(payload: Payload, receiver: Receiver) -> Outcome:
        asked = handshake(payload) if receiver.kind == "acr" else None
        if asked is not None:
            return Outcome(Answer(200, f'{{"validationResponse": "{asked.code}"}}'.encode(), "application/json"))
        return _queued(registry_hints(payload, receiver), queue)

    _check("receivers", installation.receivers, REGISTRY_PARSERS)
    return Reception(installation.receivers, REGISTRY_PROOFS, secrets, accept)


def git_reception(
    installation: Installation, secrets: Secrets, queue: Callable[[tuple[GitHint, ...]], None]
) -> Reception:
    """What stands behind `/hooks/git`. Raises `InputError` where the installation declares it wrongly."""

    def accept(payload: Payload, receiver: Receiver) -> Outcome:
        return _queued(git_hints(payload, receiver.kind), queue)

    _check("gitReceivers", installation.git_receivers, GIT_PARSERS)
    return Reception(installation.git_receivers, GIT_PROOFS, secrets, accept)


def _queued(hints: tuple[_Hint, ...], queue: Callable[[tuple[_Hint, ...]], None]) -> Outcome:
    if not hints:
        return Outcome(IGNORED)
    queue(hints)
    return Outcome(ACCEPTED, len(hints))


def _check(field: str, receivers: Sequence[Receiver], kinds: Mapping[str, object]) -> None:
    names = set[str]()
    for each in receivers:
        if each.kind not in kinds:
            known = ", ".join(sorted(kinds))
            raise InputError(f"{field}: {excerpt(each.name)} is of no known kind. Choose one of {known}.")
        if each.name in names:
            raise InputError(f"{field}: {excerpt(each.name)} is declared twice. Give each a name of its own.")
        if field == "receivers" and each.kind in NEED_REGISTRY and not each.registry:
            raise InputError(
                f"{field}: {excerpt(each.name)} needs a registry, because events of {each.kind} name none. "
                "Write registry: HOST."
            )
        names.add(each.name)
