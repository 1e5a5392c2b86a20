"""zot: the HTTP sink of its events, which are CloudEvents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import Hint, Receiver
from reconciler.model.plain import text
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.registry.pushed import pushed
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import authorization


def _parse(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    payload.json_object()
    kind, data = payload.event
    tag = text(data.get("reference"))
    if kind == "zotregistry.image.updated" and tag and ":" not in tag:
        yield pushed(receiver, "", text(data.get("name")), tag)


SENDER: Final = Sender("zot", (authorization,), _parse, needs_registry=True)
