"""Azure DevOps: its service hook "Code pushed"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import GitHint, Receiver
from reconciler.model.plain import items, mapping
from reconciler.server.hooks.git.branch import moved
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import authorization


def _parse(payload: Payload, _: Receiver) -> Iterator[GitHint | None]:
    body = payload.json_object()
    if body.get("eventType") == "git.push":
        for update in map(mapping, items(mapping(body.get("resource")).get("refUpdates"))):
            yield moved(update.get("name"), update.get("newObjectId"))


SENDER: Final = Sender("azure-devops", (authorization,), _parse)
