"""GitHub's container registry: GitHub's webhook events about packages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import Hint, Receiver, claim
from reconciler.model.plain import mapping, text
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.registry.pushed import pushed
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import body_signature

_HOST: Final = "ghcr.io"


def _parse(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """`package` or `registry_package`; every image of an index is a push of its own, without a tag."""
    body = payload.json_object()
    package = mapping(body.get("package")) or mapping(body.get("registry_package"))
    if text(body.get("action")) not in {"published", "updated"}:
        return
    if text(package.get("package_type")).lower() not in {"container", "docker"}:
        return
    owner = text(mapping(package.get("owner")).get("login")) or text(package.get("namespace"))
    metadata = mapping(mapping(package.get("package_version")).get("container_metadata"))
    tag = text(mapping(metadata.get("tag")).get("name"))
    pusher = claim(mapping(body.get("sender")).get("login"))
    if tag:
        yield pushed(receiver, _HOST, f"{owner}/{text(package.get('name'))}".lower(), tag, pusher)


SENDER: Final = Sender("ghcr", (body_signature("x-hub-signature-256"),), _parse)
