"""A sender: sends notifications to one sink."""

from __future__ import annotations

from typing import Protocol

from reconciler.model.notification import Notification
from reconciler.notify.outcome import Failed, Outcome


class Sender(Protocol):
    """The way to one sink."""

    def send(self, notification: Notification) -> Outcome:
        """Send one notification; it raises nothing for what a sink, a file of a secret or the network does."""


class Unready:
    """The sender of a sink that must not be called: it sends nothing, not even without its secret."""

    def __init__(self, problem: str) -> None:
        self._problem = problem

    def send(self, _: Notification) -> Outcome:
        """Say why nothing was sent."""
        return Failed(self._problem, retryable=False)
