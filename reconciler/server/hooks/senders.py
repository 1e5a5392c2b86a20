"""The senders that the reconciler knows: two tables, which the schema's enums and docs/webhooks.md repeat.

A new kind of sender is a module in `registry` or `git` with a `SENDER`, a row here, and its name in both of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from reconciler.model.hint import GitHint, Hint, Receiver
from reconciler.server.hooks.git import (
    azure_devops,
    bitbucket,
    bitbucket_datacenter,
    forgejo,
    gitea,
    github,
)
from reconciler.server.hooks.git import generic as generic_git
from reconciler.server.hooks.git import gitlab as gitlab_git
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.registry import (
    acr,
    artifactory,
    distribution,
    dockerhub,
    ecr,
    gar,
    generic,
    ghcr,
    gitlab,
    harbor,
    nexus,
    quay,
    zot,
)
from reconciler.server.hooks.sender import H, Sender

MAX_HINTS: Final = 1_000
"""Hints that are taken from one event; images beyond them are found at the next interval."""


def _by_kind(*senders: Sender[H]) -> Mapping[str, Sender[H]]:
    return {sender.kind: sender for sender in senders}


REGISTRY_SENDERS: Final = _by_kind(
    acr.SENDER,
    artifactory.SENDER,
    distribution.SENDER,
    dockerhub.SENDER,
    ecr.SENDER,
    gar.SENDER,
    generic.SENDER,
    ghcr.SENDER,
    gitlab.SENDER,
    harbor.SENDER,
    nexus.SENDER,
    quay.SENDER,
    zot.SENDER,
)
"""The kinds of `receivers`, behind `/hooks/registry`."""

GIT_SENDERS: Final = _by_kind(
    azure_devops.SENDER,
    bitbucket.SENDER,
    bitbucket_datacenter.SENDER,
    forgejo.SENDER,
    generic_git.SENDER,
    gitea.SENDER,
    github.SENDER,
    gitlab_git.SENDER,
)
"""The kinds of `gitReceivers`, behind `/hooks/git`."""


def registry_hints(payload: Payload, receiver: Receiver) -> tuple[Hint, ...]:
    """The hints of a registry's event, each once, in its order; without a pusher where several pushed the same tag.

    Raises `PayloadError` where the body cannot be such an event.
    """
    found: dict[Hint, Hint] = {}
    for hint in _bounded(REGISTRY_SENDERS[receiver.kind].parse(payload, receiver)):
        earlier = found.setdefault(hint, hint)
        found[hint] = earlier if earlier.pusher == hint.pusher else replace(hint, pusher=None)
    return tuple(found.values())


def git_hints(payload: Payload, receiver: Receiver) -> tuple[GitHint, ...]:
    """The hints of a git host's event, each once, in its order.

    Raises `PayloadError` where the body cannot be such an event.
    """
    return tuple(dict.fromkeys(_bounded(GIT_SENDERS[receiver.kind].parse(payload, receiver))))


def _bounded(hints: Iterable[H | None]) -> Iterable[H]:
    """At most `MAX_HINTS` different hints, with their repetitions."""
    found = set[H]()
    for hint in hints:
        if hint is not None and (hint in found or len(found) < MAX_HINTS):
            found.add(hint)
            yield hint
