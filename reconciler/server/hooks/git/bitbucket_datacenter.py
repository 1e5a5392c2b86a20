"""Bitbucket Data Center: its event `repo:refs_changed`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import GitHint, Receiver
from reconciler.model.plain import items, mapping
from reconciler.server.hooks.git.branch import moved
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import authorization, body_signature


def _parse(payload: Payload, _: Receiver) -> Iterator[GitHint | None]:
    body = payload.json_object()
    if (payload.headers.get("x-event-key") or body.get("eventKey")) == "repo:refs_changed":
        for change in map(mapping, items(body.get("changes"))):
            yield moved(mapping(change.get("ref")).get("id"), change.get("toHash"))


SENDER: Final = Sender("bitbucket-datacenter", (body_signature("x-hub-signature"), authorization), _parse)
