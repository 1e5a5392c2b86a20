"""Quay: its notification "Push to Repository"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import Hint, Receiver
from reconciler.model.plain import text
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.registry.pushed import pushed
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import path_secret


def _parse(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """`updated_tags` is a list; in the oldest form it is a mapping from tag to image."""
    body = payload.json_object()
    host, _, repository = text(body.get("docker_url")).partition("/")
    updated = body.get("updated_tags")
    for tag in list(updated) if isinstance(updated, dict | list) else []:
        if isinstance(tag, str) and tag:
            yield pushed(receiver, host, repository, tag)


SENDER: Final = Sender("quay", (path_secret,), _parse)
