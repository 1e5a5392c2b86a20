"""A hook endpoint: the receivers behind one path, who may send to them, and what becomes of an event.

An event passes these steps in this order: the receiver exists; the request shows the receiver's secret, or has a
signature over its body; the body is read; the signature is right; the body is what such a sender sends; it has hints.
An unknown receiver takes as long to refuse as a known one, so that names cannot be found by timing. The only input and
output is reading the secrets' files.
"""

from __future__ import annotations

import logging
import secrets as chance
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Final, Generic

from reconciler.errors import InputError
from reconciler.model.config import Installation
from reconciler.model.excerpt import excerpt
from reconciler.model.hint import GitHint, Hint, Receiver
from reconciler.secret_folder import Secrets
from reconciler.server.hooks.answer import ACCEPTED, IGNORED, UNAUTHENTICATED, UNKNOWN, Answer, Outcome
from reconciler.server.hooks.payload import MediaTypeError, Payload, PayloadError, read_payload
from reconciler.server.hooks.sender import H, Sender
from reconciler.server.hooks.sender_check import Attempt, Check, before_body, has_signature, is_authentic
from reconciler.server.hooks.senders import GIT_SENDERS, REGISTRY_SENDERS, git_hints, registry_hints

_LOG: Final = logging.getLogger("reconciler.server")
_DECOY: Final = (chance.token_bytes(32), chance.token_bytes(32))
"""Random secrets, compared in place of those of an unknown receiver."""


class Authentication(Enum):
    """How far a request is authenticated before its body is read."""

    COMPLETE = "complete"
    """It shows the secret."""
    NEEDS_BODY = "needs-body"
    """It has a signature over the body, which may be wrong."""


class HookEndpoint(Generic[H]):
    """The receivers of one path; one thread at a time uses it."""

    def __init__(
        self,
        receivers: Sequence[Receiver],
        senders: Mapping[str, Sender[H]],
        secrets: Secrets,
        hints: Callable[[Payload, Receiver], tuple[H, ...]],
        queue: Callable[[tuple[H, ...]], None],
    ) -> None:
        self._receivers = {each.name: each for each in receivers}
        self._senders = senders
        self._secrets = secrets
        self._hints = hints
        self._queue = queue

    def knows(self, name: str) -> bool:
        """Whether there is a receiver with this name."""
        return name in self._receivers

    def without_secret(self) -> Iterator[str]:
        """The receivers that refuse every event because they have no secret; a sentence each, with the remedy."""
        for name in sorted(self._receivers):
            yield from self._without_secret(self._receivers[name])

    def _without_secret(self, receiver: Receiver) -> Iterator[str]:
        problem = self._secrets.problem(receiver.secret)
        if problem is not None:
            yield f"receiver {receiver.name} refuses every event: {problem}"

    def before_body(self, name: str, attempt: Attempt) -> Answer | Authentication:
        """Before the body is read: the answer that refuses the request, or how far it is authenticated."""
        receiver, checks = self._receivers.get(name), self._checks(name)
        early = before_body(checks)
        if receiver is not None and has_signature(checks, attempt) and self._secrets.get(receiver.secret):
            shows = self._is_authentic(early, receiver, attempt)
            return Authentication.COMPLETE if shows else Authentication.NEEDS_BODY
        return self._refusal(early, receiver, attempt) or Authentication.COMPLETE

    def refusal(self, name: str, attempt: Attempt) -> Answer | None:
        """The answer to a request that does not show the secret; None for one that does."""
        return self._refusal(self._checks(name), self._receivers.get(name), attempt)

    def receive(self, name: str, attempt: Attempt) -> Outcome:
        """Take in an event, with its body. Raises what the queue raises."""
        refused = self.refusal(name, attempt)
        if refused is not None:
            return Outcome(refused)
        try:
            return self._accept(read_payload(attempt.headers, attempt.body), self._receivers[name])
        except MediaTypeError as error:
            return Outcome(Answer(415, f"{error}\n".encode()))
        except PayloadError as error:
            return Outcome(Answer(400, f"{error}\n".encode()))

    def _accept(self, payload: Payload, receiver: Receiver) -> Outcome:
        reply = self._senders[receiver.kind].reply
        content = reply(payload) if reply is not None else None
        if content is not None:
            return Outcome(Answer(200, content, "application/json"))
        hints = self._hints(payload, receiver)
        if not hints:
            return Outcome(IGNORED)
        self._queue(hints)
        return Outcome(ACCEPTED, len(hints))

    def _checks(self, name: str) -> tuple[Check, ...]:
        receiver = self._receivers.get(name)
        return self._senders[receiver.kind if receiver else "generic"].checks

    def _refusal(self, checks: Sequence[Check], receiver: Receiver | None, attempt: Attempt) -> Answer | None:
        shows = self._is_authentic(checks, receiver, attempt)
        if receiver is None:
            return UNKNOWN
        for text in self._without_secret(receiver) if not shows else ():
            _LOG.warning("%s", text)
        return None if shows else UNAUTHENTICATED

    def _is_authentic(self, checks: Sequence[Check], receiver: Receiver | None, attempt: Attempt) -> bool:
        valid = self._secrets.get(receiver.secret) if receiver else ()
        return is_authentic(checks, attempt, valid or _DECOY)


def registry_endpoint(
    installation: Installation, secrets: Secrets, queue: Callable[[tuple[Hint, ...]], None]
) -> HookEndpoint[Hint]:
    """The endpoint `/hooks/registry`. Raises `InputError` where the installation declares a receiver wrongly."""
    _check("receivers", installation.receivers, REGISTRY_SENDERS)
    return HookEndpoint(installation.receivers, REGISTRY_SENDERS, secrets, registry_hints, queue)


def git_endpoint(
    installation: Installation, secrets: Secrets, queue: Callable[[tuple[GitHint, ...]], None]
) -> HookEndpoint[GitHint]:
    """The endpoint `/hooks/git`. Raises `InputError` where the installation declares a receiver wrongly."""
    _check("gitReceivers", installation.git_receivers, GIT_SENDERS)
    return HookEndpoint(installation.git_receivers, GIT_SENDERS, secrets, git_hints, queue)


def _check(field: str, receivers: Sequence[Receiver], senders: Mapping[str, Sender[H]]) -> None:
    names = set[str]()
    for each in receivers:
        if each.kind not in senders:
            known = ", ".join(sorted(senders))
            raise InputError(f"{field}: {excerpt(each.name)} is of no known kind. Choose one of {known}.")
        if each.name in names:
            raise InputError(f"{field}: {excerpt(each.name)} is declared twice. Give each a name of its own.")
        if senders[each.kind].needs_registry and not each.registry:
            raise InputError(
                f"{field}: {excerpt(each.name)} needs a registry, because events of {each.kind} name none. "
                "Write registry: HOST."
            )
        names.add(each.name)
