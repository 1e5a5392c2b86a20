"""A sender: one kind of registry or git host that posts webhooks; how it shows the secret, and what its events mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from reconciler.model.hint import GitHint, Hint, Receiver
from reconciler.server.hooks.payload import Payload
from reconciler.server.hooks.sender_check import Check

H = TypeVar("H", bound=Hint | GitHint)


@dataclass(frozen=True, slots=True)
class Sender(Generic[H]):
    """One kind of sender: a row of the tables in `senders`."""

    kind: str
    """What a receiver in the Installation names as its `kind`."""
    checks: tuple[Check, ...]
    """The ways to show the receiver's secret; one of them is enough."""
    parse: Callable[[Payload, Receiver], Iterator[H | None]]
    """The hints of one event in its order; None for a part that is not a push.

    Raises `PayloadError` for a body that such a sender never sends.
    """
    needs_registry: bool = False
    """Whether the events never name their registry, so that the receiver has to."""
    reply: Callable[[Payload], bytes | None] | None = None
    """The JSON that answers a sender's question whether its events are wanted; None for everything else."""
