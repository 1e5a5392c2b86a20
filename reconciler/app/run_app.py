"""The application of `imagestream run`."""

from __future__ import annotations

import contextlib
import logging
import sys
from functools import partial

from reconciler import __version__
from reconciler.app.installation import read_installation_file
from reconciler.app.registry_app import RegistryApp
from reconciler.daemon.health import Health
from reconciler.daemon.loop import Loop, Settings
from reconciler.daemon.remote import Remote
from reconciler.daemon.wakeup import Wakeup, Wakeups
from reconciler.daemon.wiring import RunParts, RunWiring
from reconciler.gitstore import remote_address
from reconciler.model.config import Installation
from reconciler.model.redaction import redact
from reconciler.notify.senders import SinkSenders
from reconciler.reconcile.registries import Registries
from reconciler.server.http.listener import Listener
from reconciler.server.http.service import Callbacks, Service
from reconciler.telemetry.log import logging_to
from reconciler.telemetry.metrics import Metrics
from reconciler.transport.certificate import machine_certificates


class RunApp(RegistryApp):
    """An application that builds the long-lived loop."""

    def loop(self, remote: Remote) -> tuple[Loop, Wakeups]:
        """The long-lived loop over a mirror, and its wakeups.

        Raises `UsageError` where the address, the folder or the access cannot be used, `InputError` where a file of the
        installation cannot.
        """
        self.stack.enter_context(logging_to(sys.stderr))
        parts, health = self._run_parts(), Health(self.clock.monotonic)
        service = Service(_callbacks(parts.wakeups, health, remote.branch), parts.metrics, self.clock)
        wiring = RunWiring(remote, parts, service.prepare, self.stack)
        loop = Loop(wiring.dependencies(health), wiring.target, Settings(poll=remote.poll))
        self.stack.callback(loop.close)
        where = redact(remote_address(remote.url).url)
        logging.getLogger("imagestream").info("imagestream %s keeps branch %s of %s", __version__, remote.branch, where)
        if remote.listen is not None:
            listener = self.stack.enter_context(Listener(service.app, remote.listen))
            logging.getLogger("imagestream").info("listening on %s", listener.address)
        return loop, parts.wakeups

    def _run_parts(self) -> RunParts:
        options, metrics = self.options, Metrics(self.clock)

        def registries(installation: Installation, stack: contextlib.ExitStack) -> Registries:
            return self.registries_of(installation, stack, metrics=metrics)

        def senders(installation: Installation, stack: contextlib.ExitStack) -> SinkSenders:
            machine = machine_certificates(options.environ)
            return stack.enter_context(SinkSenders(installation, self.clock, machine))

        return RunParts(
            clock=self.clock,
            metrics=metrics,
            wakeups=Wakeups(),
            environ=options.environ,
            config_file=options.config_file,
            read_installation=partial(read_installation_file, options.config_file),
            open_registries=registries,
            open_senders=senders,
        )


def _callbacks(wakeups: Wakeups, health: Health, branch: str) -> Callbacks:
    """The functions by which the HTTP service wakes the loop, and answers probes."""
    return Callbacks(
        pushed=lambda hints: wakeups.wake(Wakeup.of_hints(hints)),
        moved=lambda moves: wakeups.wake(Wakeup.of_moves(moves, branch)),
        is_alive=lambda: health.is_alive,
        is_ready=lambda: health.is_ready,
    )
