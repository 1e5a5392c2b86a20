"""GitLab: its push events, with a secret token or signed as Standard Webhooks are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.hint import GitHint, Receiver
from reconciler.server.hooks.git.branch import push_event
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.sender import Sender
from reconciler.server.hooks.sender_check import standard_webhook, token_header


def _parse(payload: Payload, _: Receiver) -> Iterator[GitHint | None]:
    return push_event(payload, ("x-gitlab-event", "Push Hook"))


SENDER: Final = Sender("gitlab", (token_header("x-gitlab-token"), standard_webhook), _parse)
