"""A notification with every field, and senders of sinks on loopback with their secrets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.clock import Clock
from reconciler.model.change import ChangeKind
from reconciler.model.config import Installation, Sink, SinkSecret
from reconciler.model.name import IstagName
from reconciler.model.notification import Notification, notification_id
from reconciler.model.person import Person, Request
from reconciler.model.stream import Source, SourceKind
from reconciler.notify.outcome import Outcome
from reconciler.notify.senders import LIMITS, SinkSenders
from reconciler.transport.failure import Limits
from tests.kit.clock import FakeClock

COMMIT = "1f0c9d2a" * 5
IMAGE, BEFORE = "sha256:" + "9f2c" * 16, "sha256:" + "77ab" * 16
APP = IstagName("team-a", "app", "prod")
NOTIFICATION = Notification(
    id=notification_id(COMMIT, APP),
    change=ChangeKind.MOVE,
    tag=APP,
    image=IMAGE,
    previous=BEFORE,
    pull_spec=f"quay.io/acme/app@{IMAGE}",
    version="1.4.2",
    previous_version="1.4.1",
    source=Source(SourceKind.DOCKER_IMAGE, "quay.io/acme/app:1.4.2"),
    cause="scheduled",
    author=Person("Jane Doe", "jane@example.com"),
    request=Request(Person("Jane Doe", "jane@example.com"), "8c1d" * 10),
    commit=COMMIT,
    link=f"https://git.example.com/acme/images/commit/{COMMIT}",
    time="2026-11-23T08:00:00Z",
    repository="https://git.example.com/acme/images",
    branch="main",
    workloads=("apps/app.yaml#spec.template.spec.containers[0].image",),
)
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class SinkHouse:
    """An installation on this machine with a folder of secrets, in which loopback is allowed."""

    folder: Path
    installation: Installation
    clock: Clock = field(default_factory=FakeClock)
    limits: Limits = LIMITS

    def secret(self, name: str, text: str, *urls: str) -> str:
        """Write a secret, which may be sent to these URLs; its name comes back."""
        (self.folder / name).write_text(text, encoding="utf-8")
        kept = self.installation.sink_secrets
        self.installation = replace(
            self.installation, sink_secrets=(*kept, *([SinkSecret(name, urls)] if urls else []))
        )
        return name

    @contextmanager
    def senders(self) -> Iterator[SinkSenders]:
        """The senders of its sinks."""
        with SinkSenders(self.installation, self.clock, limits=self.limits) as made:
            yield made

    def send(self, sink: Sink, notification: Notification = NOTIFICATION) -> Outcome:
        """Send one notification to a sink for which there is no problem."""
        with self.senders() as senders:
            assert senders.problem(sink) is None
            return senders.sender(sink).send(notification)


def sink_house(folder: Path, *allowed: str) -> SinkHouse:
    """An installation whose secrets are in a folder; `allowed` are its private addresses."""
    folder.mkdir(parents=True, exist_ok=True)
    return SinkHouse(folder, Installation(secrets_dir=str(folder), allow_private=allowed or ("127.0.0.1",)))
