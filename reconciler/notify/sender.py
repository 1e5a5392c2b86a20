"""A sender: sends notifications to one sink."""

from __future__ import annotations

from typing import Protocol

from reconciler.model.notification import Notification
from reconciler.notify.outcome import Outcome


class Sender(Protocol):
    """The way to one sink."""

    def send(self, notification: Notification) -> Outcome:
        """Send one notification; it raises nothing for what a sink, a file of a secret or the network does."""
