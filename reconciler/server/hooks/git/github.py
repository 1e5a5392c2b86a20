"""GitHub: its event `push`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import GitHint, Receiver
from reconciler.server.hooks.git.branch import push_event
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import body_signature


def _parse(payload: Payload, _: Receiver) -> Iterator[GitHint | None]:
    return push_event(payload, ("x-github-event", "push"))


SENDER: Final = Sender("github", (body_signature("x-hub-signature-256"),), _parse)
