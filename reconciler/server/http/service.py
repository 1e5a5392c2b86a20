"""The service: what `run --listen` answers. It is made again when the Installation changes; the listener goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.clock import Clock
from reconciler.model.config import Installation
from reconciler.model.hint import GitHint, Hint
from reconciler.secret_folder import SecretFolder
from reconciler.server.hooks.endpoint import git_endpoint, registry_endpoint
from reconciler.server.http.application import Endpoints, application
from reconciler.server.http.hook_handler import all_bodies
from reconciler.server.http.reloadable_app import ReloadableApp
from reconciler.telemetry.metrics import Metrics

_LOG: Final = logging.getLogger("imagestream")


@dataclass(frozen=True, slots=True)
class Callbacks:
    """The calls of the service to the loop. All are called in the server's thread, and must return at once."""

    pushed: Callable[[tuple[Hint, ...]], None]
    """An event of a registry gave these hints."""
    moved: Callable[[tuple[GitHint, ...]], None]
    """An event of a git host gave these hints."""
    is_alive: Callable[[], bool]
    is_ready: Callable[[], bool]


class Service:
    """The application that a listener serves, with the receivers of the Installation that was read last."""

    def __init__(self, callbacks: Callbacks, metrics: Metrics, clock: Clock) -> None:
        self._callbacks, self._metrics, self._clock = callbacks, metrics, clock
        self._bodies = all_bodies()
        self.app = ReloadableApp(application(self._endpoints(Installation()), self._bodies))
        """The ASGI application; without receivers until `prepare` was called and its result too."""

    def prepare(self, installation: Installation) -> Callable[[], None]:
        """Check an Installation's receivers; the result, when it is called, answers with them from then on.

        Raises `InputError` where they are declared wrongly.
        """
        endpoints = self._endpoints(installation)
        app = application(endpoints, self._bodies)

        def put_into_use() -> None:
            for text in (*endpoints.registry.without_secret(), *endpoints.git.without_secret()):
                _LOG.warning("%s", text)
            self.app.replace(app)

        return put_into_use

    def _endpoints(self, installation: Installation) -> Endpoints:
        folder, callbacks = installation.secrets_dir, self._callbacks
        secrets = SecretFolder(Path(folder) if folder else None)
        return Endpoints(
            registry=registry_endpoint(installation, secrets, callbacks.pushed),
            git=git_endpoint(installation, secrets, callbacks.moved),
            is_alive=callbacks.is_alive,
            is_ready=callbacks.is_ready,
            metrics=self._metrics,
            clock=self._clock,
        )
