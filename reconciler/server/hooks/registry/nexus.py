"""Nexus: its capability "Webhook: Repository" for components."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import Hint, Receiver, claim
from reconciler.model.plain import mapping, text
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.registry.pushed import in_repository, pushed
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import body_signature


def _parse(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """A repository has its own port or host, so an image's name has no prefix unless the receiver gives one."""
    body = payload.json_object()
    component = mapping(body.get("component"))
    if text(body.get("action")) not in {"CREATED", "UPDATED"} or component.get("format") != "docker":
        return
    prefix = dict(receiver.repositories).get(text(body.get("repositoryName")), "")
    name, tag = in_repository(prefix, text(component.get("name"))), text(component.get("version"))
    if tag:
        yield pushed(receiver, "", name, tag, claim(body.get("initiator")))


SENDER: Final = Sender("nexus", (body_signature("x-nexus-webhook-signature", "sha1"),), _parse, needs_registry=True)
