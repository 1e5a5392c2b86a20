"""A listener on loopback with receivers of every kind, and the hints that it got."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.clock import SystemClock
from reconciler.model.config import Installation
from reconciler.model.hint import GitHint, Hint, Receiver
from reconciler.model.host import Host
from reconciler.secret_folder import SecretFolder
from reconciler.server.hooks.endpoint import Authentication, git_endpoint, registry_endpoint
from reconciler.server.hooks.senders import GIT_SENDERS, REGISTRY_SENDERS
from reconciler.server.http.application import Endpoints, application
from reconciler.server.http.body import Bodies
from reconciler.server.http.connection import Limits
from reconciler.server.http.hook_handler import all_bodies
from reconciler.server.http.listener import Listener
from reconciler.telemetry.metrics import Metrics

SECRET = "correct horse battery staple"
_REGISTRY = {"artifactory": "jf.example", "nexus": "nexus.example", "zot": "zot.example"}


@dataclass
class Site:
    """A running server."""

    folder: Path
    bodies: Bodies | None = None
    """For authenticated senders."""
    unauthenticated: Bodies | None = None
    limits: Limits | None = None
    hints: list[Hint] = field(default_factory=list)
    git_hints: list[GitHint] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)
    alive: bool = True
    ready: bool = False
    broken: bool = False
    address: str = ""

    @contextmanager
    def running(self) -> Iterator[Site]:
        (self.folder / "hook").write_text(SECRET)
        installation = Installation(
            receivers=tuple(
                Receiver(kind, kind, "hook", Host(_REGISTRY[kind]) if kind in _REGISTRY else None)
                for kind in REGISTRY_SENDERS
            ),
            git_receivers=tuple(Receiver(kind, kind, "hook") for kind in GIT_SENDERS),
        )
        secrets = SecretFolder(self.folder)
        endpoints = Endpoints(
            registry_endpoint(installation, secrets, self._take),
            git_endpoint(installation, secrets, self.git_hints.extend),
            lambda: self.alive,
            lambda: self.ready,
            self.metrics,
            SystemClock(),
        )
        given = {Authentication.COMPLETE: self.bodies, Authentication.NEEDS_BODY: self.unauthenticated}
        bodies = all_bodies() | {authentication: each for authentication, each in given.items() if each is not None}
        with Listener(application(endpoints, bodies), "127.0.0.1:0", self.limits) as listener:
            self.address = listener.address
            yield self

    def _take(self, hints: tuple[Hint, ...]) -> None:
        if self.broken:
            raise RuntimeError("token=hunter2")
        self.hints.extend(hints)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """The status, headers and body of the answer."""
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        finally:
            connection.close()

    def post(self, path: str, value: object, headers: dict[str, str]) -> int:
        """Post a webhook as JSON; the status of the answer."""
        return self.ask("POST", path, json.dumps(value).encode(), {"content-type": "application/json"} | headers)[0]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path).running() as running:
        yield running
