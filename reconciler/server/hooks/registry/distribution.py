"""Distribution, the CNCF's registry, and whatever is built on it: its `notifications`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.model.hint import Hint, Receiver, claim
from reconciler.model.plain import items, mapping, text
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.registry.pushed import pushed
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import authorization

_IMAGE_TYPE: Final = re.compile(r"application/vnd\.(?:oci\.image|docker\.distribution)\.(?:manifest|index).*", re.ASCII)


def parse(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """An envelope with `events`, or one event without the envelope."""
    body = payload.json_object()
    for event in map(mapping, items(body.get("events")) or [body]):
        yield parse_event(event, receiver)


def parse_event(event: Mapping[str, object], receiver: Receiver) -> Hint | None:
    """One event; only the push of a tag counts."""
    target = mapping(event.get("target"))
    tag = text(target.get("tag"))
    media = text(target.get("mediaType"))
    if event.get("action") != "push" or not tag or (media and not _IMAGE_TYPE.fullmatch(media)):
        return None  # blobs are pushed too, and manifests by digest, before the index that has the tag
    host = text(mapping(event.get("request")).get("host"))
    pusher = claim(mapping(event.get("actor")).get("name"))
    return pushed(receiver, host, text(target.get("repository")), tag, pusher)


SENDER: Final = Sender("distribution", (authorization,), parse)
