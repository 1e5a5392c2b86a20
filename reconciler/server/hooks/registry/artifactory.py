"""Artifactory: its webhooks for Docker events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import Hint, Receiver
from reconciler.model.plain import mapping, text
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.registry.pushed import in_repository, pushed
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import body_signature, token_header

_HEADER: Final = "x-jfrog-event-auth"
"""Has the secret itself, or the body's HMAC, as the webhook is set up."""


def _parse(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """Old versions send at the top what new ones send in `data`."""
    body = payload.json_object()
    data = mapping(body.get("data")) or body
    if body.get("domain") != "docker" or text(body.get("event_type")) not in {"pushed", "promoted"}:
        return
    local = text(data.get("repo_key"))
    prefix = dict(receiver.repositories).get(local, local)
    if text(data.get("tag")):
        yield pushed(receiver, "", in_repository(prefix, text(data.get("image_name"))), text(data.get("tag")))


SENDER: Final = Sender("artifactory", (token_header(_HEADER), body_signature(_HEADER)), _parse, needs_registry=True)
