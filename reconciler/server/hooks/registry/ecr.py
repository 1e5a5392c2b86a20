"""Amazon's Elastic Container Registry: EventBridge's event `ECR Image Action`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import Hint, Receiver
from reconciler.model.plain import mapping, text
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.registry.pushed import pushed
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import authorization

_ACCOUNT: Final = re.compile(r"[0-9]{12}", re.ASCII)
_REGION: Final = re.compile(r"[a-z0-9-]{4,32}", re.ASCII)


def _parse(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """The event itself, or a CloudEvent that an input transformer made of it."""
    body = payload.json_object()
    _, data = payload.event
    detail = mapping(body.get("detail")) or data
    account, region = (text(body.get(key)) or text(data.get(key)) for key in ("account", "region"))
    if (detail.get("action-type"), detail.get("result")) != ("PUSH", "SUCCESS"):
        return
    tag = text(detail.get("image-tag"))
    if tag:
        yield pushed(receiver, _host(account, region), text(detail.get("repository-name")), tag)


def _host(account: str, region: str) -> str:
    """The registry's host; empty where account and region are not what AWS sends."""
    if not _ACCOUNT.fullmatch(account) or not _REGION.fullmatch(region):
        return ""
    end = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{account}.dkr.ecr.{region}.{end}"


SENDER: Final = Sender("ecr", (authorization,), _parse)
