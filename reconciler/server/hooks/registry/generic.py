"""Any sender: what a CI job posts after its push."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import Hint, Receiver, claim
from reconciler.model.plain import items, text
from reconciler.server.hooks.payload import Payload, PayloadError
from reconciler.server.hooks.registry.pushed import pushed_pull_spec
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import authorization, body_signature


def _parse(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """`{"image": "HOST/NAME:TAG"}` or `images`, a list of them, and perhaps `pusher`."""
    body = payload.json_object()
    named = [body["image"]] if "image" in body else items(body.get("images"))
    if not named:
        raise PayloadError('the body names no image. Send {"image": "registry.example.com/team/app:1.0"}.')
    for spec in named:
        yield pushed_pull_spec(receiver, text(spec), claim(body.get("pusher")))


SENDER: Final = Sender("generic", (authorization, body_signature("x-signature")), _parse)
