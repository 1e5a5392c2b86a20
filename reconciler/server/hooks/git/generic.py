"""Any sender: what a script or a git hook posts after a push."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import GitHint, Receiver, git_hint_of
from reconciler.model.plain import mapping, text
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import authorization, body_signature


def _parse(payload: Payload, _: Receiver) -> Iterator[GitHint | None]:
    """No body at all, or `{"branch": …, "commit": …}`, each of which may be left out."""
    body = mapping(payload.value)
    branch, commit = text(body.get("branch")), text(body.get("commit")) or None
    yield git_hint_of(branch, commit) if branch else GitHint()


SENDER: Final = Sender("generic", (authorization, body_signature("x-signature")), _parse)
