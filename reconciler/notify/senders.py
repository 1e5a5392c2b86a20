"""The senders of all sinks: one table of kinds, and the secrets and rules of the installation.

A new kind is a module in `kinds` with a `KIND`, a row here, and one in `model/sink_kind.py`; the schema's enum and
docs/notifications.md repeat them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from reconciler import settings
from reconciler.clock import Clock
from reconciler.model.config import Installation, Sink
from reconciler.model.sink_kind import SINK_KINDS, SecretUse
from reconciler.notify.address import forbidden_use
from reconciler.notify.http_sender import HttpSender
from reconciler.notify.kind import HttpKind
from reconciler.notify.kinds import (
    argo_events,
    cloudevents,
    github,
    github_status,
    gitlab,
    gitlab_status,
    grafana,
    jenkins,
    matrix,
    openshift_build,
    slack,
    teams,
    tekton,
)
from reconciler.notify.kinds.apprise import AppriseSender
from reconciler.notify.sender import Sender, Unready
from reconciler.secret_folder import SecretFolder
from reconciler.transport.certificate import MachineCertificates
from reconciler.transport.failure import Limits
from reconciler.transport.session import Transport

HTTP_KINDS: Final[Mapping[str, HttpKind]] = {
    module.KIND.name: module.KIND
    for module in (
        argo_events,
        cloudevents,
        github,
        github_status,
        gitlab,
        gitlab_status,
        grafana,
        jenkins,
        matrix,
        openshift_build,
        slack,
        teams,
        tekton,
    )
}
"""The kinds that are told by one HTTP request; `apprise` is the only other one."""

LIMITS: Final = Limits(settings.SINK_CONNECT_TIMEOUT, settings.SINK_READ_TIMEOUT, settings.SINK_TIMEOUT)
"""The time limits of one request to a sink."""


class SinkSenders:
    """Makes the senders of an installation; thread-safe. Close it when no thread is sending any more."""

    def __init__(
        self,
        installation: Installation,
        clock: Clock,
        machine: MachineCertificates | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        self._installation = installation
        self._clock = clock
        folder = installation.secrets_dir
        self._secrets = SecretFolder(Path(folder) if folder else None, "what its kind of sink needs")
        self._lock = threading.Lock()
        self._transport = Transport(
            connect_timeout=limits.connect,
            read_timeout=limits.read,
            request_timeout=limits.total,
            clock=clock,
            machine=machine,
        )

    def problem(self, sink: Sink) -> str | None:
        """Why this process leaves a sink alone, as a sentence without its name; None if it can be told.

        A process without the secret of a sink leaves it to another process that has it (design 3.7).
        """
        forbidden = forbidden_use(sink, self._installation)
        if forbidden is not None or sink.secret is None:
            return forbidden
        with self._lock:
            return self._secrets.problem(sink.secret)

    def sender(self, sink: Sink) -> Sender:
        """The way to a sink, with the secrets that its file has now; while there is a `problem`, it sends nothing.

        Its errors are values, so it may be made for every notification.
        """
        secrets = self._secrets_of(sink)
        if sink.secret is not None and not secrets:
            return Unready(self.problem(sink) or f"its secret {sink.secret} was not there a moment ago.")
        if SINK_KINDS[sink.kind].secret is SecretUse.PROGRAM:
            return AppriseSender(secrets)
        return HttpSender(sink, HTTP_KINDS[sink.kind], secrets, self._installation, self._transport, self._clock)

    def close(self) -> None:
        """Close every kept connection."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _secrets_of(self, sink: Sink) -> tuple[bytes, ...]:
        if sink.secret is None or forbidden_use(sink, self._installation) is not None:
            return ()
        with self._lock:
            return self._secrets.get(sink.secret)
