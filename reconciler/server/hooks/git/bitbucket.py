"""Bitbucket Cloud: its event `repo:push`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import GitHint, Receiver, git_hint_of
from reconciler.model.plain import items, mapping, text
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import body_signature


def _parse(payload: Payload, _: Receiver) -> Iterator[GitHint | None]:
    """`new` is null where a branch was deleted."""
    body = payload.json_object()
    if payload.headers.get("x-event-key") != "repo:push":
        return
    for change in map(mapping, items(mapping(body.get("push")).get("changes"))):
        new = mapping(change.get("new"))
        ref = new or mapping(change.get("old"))
        if ref.get("type") in {"branch", "named_branch"}:
            yield git_hint_of(text(ref.get("name")), text(mapping(new.get("target")).get("hash")) or None)


SENDER: Final = Sender("bitbucket", (body_signature("x-hub-signature"),), _parse)
