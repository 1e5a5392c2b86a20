"""The senders that a process has: which sinks it can tell, and how."""

from __future__ import annotations

from typing import Protocol

from reconciler.model.config import Sink
from reconciler.notify.sender import Sender


class Senders(Protocol):
    """Makes senders; thread-safe."""

    def problem(self, sink: Sink) -> str | None:
        """Why this process leaves a sink alone; None if it can be told."""

    def sender(self, sink: Sink) -> Sender:
        """The way to a sink that has no problem, with the secrets that its file has now."""
