"""Google's Artifact Registry: pushes of Pub/Sub's topic `gcr`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.model.hint import Hint, Receiver
from reconciler.model.plain import mapping, text
from reconciler.server.hooks.payload import Payload, PayloadError, read_json
from reconciler.server.hooks.registry.pushed import pushed_pull_spec
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import path_secret


def _parse(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """A message with its data in base64, or the data itself (a subscription without wrapping)."""
    body = payload.json_object()
    message = mapping(body.get("message"))
    data: Mapping[str, object] = mapping(_decoded(text(message.get("data")))) if message else body
    if data.get("action") != "INSERT" or not text(data.get("tag")):
        return
    yield pushed_pull_spec(receiver, text(data.get("tag")))


def _decoded(data: str) -> object:
    try:
        return read_json(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError) as error:
        raise PayloadError("message.data is not base64.") from error


SENDER: Final = Sender("gar", (path_secret,), _parse)
