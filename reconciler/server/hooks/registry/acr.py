"""Azure Container Registry: its own webhooks, and Event Grid's events in both schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import Hint, Receiver
from reconciler.model.plain import items, mapping, text
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.registry import distribution
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import authorization, path_secret

_PUSHED: Final = "Microsoft.ContainerRegistry.ImagePushed"
_VALIDATION: Final = "Microsoft.EventGrid.SubscriptionValidationEvent"
_CODE: Final = re.compile(r"[A-Za-z0-9-]{1,128}", re.ASCII)


def _parse(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """A list (Event Grid's schema), a CloudEvent, or one event as distribution sends it (the registry's own)."""
    if isinstance(payload.value, list):
        for event in map(mapping, payload.value):
            yield _event(text(event.get("eventType")) or text(event.get("type")), event.get("data"), receiver)
        return
    kind, data = payload.event
    if kind:
        yield _event(kind, data, receiver)
    else:
        yield from distribution.parse(payload, receiver)


def _event(kind: str, data: object, receiver: Receiver) -> Hint | None:
    if kind != _PUSHED:
        return None
    return distribution.parse_event({**mapping(data), "action": "push"}, receiver)


def validation_response(payload: Payload) -> bytes | None:
    """The answer to Event Grid's `SubscriptionValidationEvent`; its `validationUrl` is not followed."""
    for event in map(mapping, items(payload.value)):
        code = text(mapping(event.get("data")).get("validationCode"))
        if event.get("eventType") == _VALIDATION and _CODE.fullmatch(code):
            return f'{{"validationResponse": "{code}"}}'.encode()
    return None


SENDER: Final = Sender("acr", (authorization, path_secret), _parse, reply=validation_response)
