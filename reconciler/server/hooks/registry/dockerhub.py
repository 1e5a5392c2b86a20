"""Docker Hub: its webhooks, which can send no header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import Hint, Receiver, claim
from reconciler.model.host import DEFAULT_HOST
from reconciler.model.plain import mapping, text
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.registry.pushed import pushed
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import path_secret


def _parse(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    body = payload.json_object()
    push = mapping(body.get("push_data"))
    name = text(mapping(body.get("repository")).get("repo_name"))
    yield pushed(receiver, DEFAULT_HOST, name, text(push.get("tag")), claim(push.get("pusher")))


SENDER: Final = Sender("dockerhub", (path_secret,), _parse)
