"""The application of a command that looks up registries."""

from __future__ import annotations

import contextlib
import os

from reconciler.app.app import App
from reconciler.model.config import Installation
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.registry_pool import Progress
from reconciler.reconcile.run_pass import Reconciler
from reconciler.registry.client import RegistryClient
from reconciler.registry.cloud.identity import CloudIdentities
from reconciler.registry.credentials.helper import Helpers
from reconciler.registry.credentials.keyring import Keyring, open_keyring
from reconciler.registry.registries_conf_file import load_registries_conf
from reconciler.registry.request_metrics import MetricSink, RequestMetrics
from reconciler.transport.certificate import machine_certificates
from reconciler.transport.session import Transport


class RegistryApp(App):
    """An application that builds registries too."""

    def registries(self, progress: Progress | None = None) -> Registries:
        """The registries, with the credentials of this machine; connections are closed with the app."""
        return self.registries_of(self.installation, self.stack, progress)

    def registries_of(
        self,
        installation: Installation,
        stack: contextlib.ExitStack,
        progress: Progress | None = None,
        metrics: MetricSink | None = None,
    ) -> Registries:
        """The registries of an installation; their connections are closed with the stack."""
        transport = Transport(clock=self.clock, machine=machine_certificates(self.options.environ))
        stack.callback(transport.close)
        environ, helpers = self.options.environ, Helpers(self.options.environ, self.clock)
        files = open_keyring(installation.pull_secrets, environ, os.getuid(), helpers)
        keyring = Keyring((files, CloudIdentities(transport, installation, environ, self.clock)))
        conf = load_registries_conf(environ)
        client = RegistryClient(transport, keyring, installation, self.clock, conf, RequestMetrics(metrics))
        return Registries(client, installation, progress, client.new_pass)

    def reconciler(self, progress: Progress | None = None) -> Reconciler:
        """The reconciler, which runs a pass."""
        return Reconciler(self.writer(), self.registries(progress))
