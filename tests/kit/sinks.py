"""Senders that a test scripts, in place of sinks over the network."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.model.config import Sink
from reconciler.model.notification import Notification
from reconciler.notify.outcome import Delivered, Failed, Outcome


@dataclass
class ScriptedSenders:
    """`reconciler.delivery.senders.Senders`; every sink takes everything unless the test says otherwise."""

    sent: list[tuple[str, Notification]] = field(default_factory=list)
    """Every request: the sink, and what it was sent."""
    taken: list[tuple[str, Notification]] = field(default_factory=list)
    """What the sinks took."""
    answers: dict[str, Callable[[Notification], Outcome]] = field(default_factory=dict)
    """How a sink answers."""
    problems: dict[str, str] = field(default_factory=dict)
    """Why a sink is left alone."""
    gates: dict[str, threading.Event] = field(default_factory=dict)
    """A sink that hangs until its event is set."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def problem(self, sink: Sink) -> str | None:
        """Why this process leaves a sink alone."""
        return self.problems.get(sink.name)

    def sender(self, sink: Sink) -> ScriptedSender:
        """The way to a sink."""
        return ScriptedSender(self, sink.name)

    def changes(self, sink: str) -> list[str]:
        """What a sink took: each as `move b`, the image by its letter."""
        return [f"{each.event} {(each.image or 'sha256:-')[7]}" for name, each in self.taken if name == sink]

    def note(self, sink: str, notification: Notification, *, taken: bool) -> None:
        """Note a request, or that it was taken."""
        with self._lock:
            (self.taken if taken else self.sent).append((sink, notification))


@dataclass
class ScriptedSender:
    """The way to one of these sinks."""

    senders: ScriptedSenders
    sink: str

    def send(self, notification: Notification) -> Outcome:
        """Answer as the test says."""
        self.senders.note(self.sink, notification, taken=False)
        gate = self.senders.gates.get(self.sink)
        if gate is not None and not gate.wait(60):
            return Failed("it hangs")
        answer = self.senders.answers.get(self.sink)
        outcome = answer(notification) if answer else Delivered()
        if isinstance(outcome, Delivered):
            self.senders.note(self.sink, notification, taken=True)
        return outcome
