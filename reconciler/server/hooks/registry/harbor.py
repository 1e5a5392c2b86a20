"""Harbor: its webhook policies, in Harbor's own format and as CloudEvents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import Hint, Receiver, claim
from reconciler.model.plain import items, mapping, text
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.registry.pushed import pushed
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import authorization

_PUSHED: Final = frozenset({"PUSH_ARTIFACT", "harbor.artifact.pushed"})


def _parse(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """The CloudEvent has the `event_data` of Harbor's own format as its data."""
    body = payload.json_object()
    kind, data = payload.event
    if (kind or text(body.get("type"))) not in _PUSHED:
        return
    if not kind:
        data = mapping(body.get("event_data"))
    name = text(mapping(data.get("repository")).get("repo_full_name"))
    pusher = claim(body.get("operator")) or claim(payload.headers.get("ce-operator"))
    for resource in map(mapping, items(data.get("resources"))):
        host = text(resource.get("resource_url")).partition("/")[0]  # HOST/NAME:TAG; a text, and never fetched
        tag = text(resource.get("tag"))
        if tag and not tag.startswith("sha256:"):
            yield pushed(receiver, host, name, tag, pusher)


SENDER: Final = Sender("harbor", (authorization,), _parse)
