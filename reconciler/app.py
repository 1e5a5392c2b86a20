"""The composition root: the only place that builds things, reads the environment and closes what it built.

A command gets one `App`; it is cheap, opens nothing until asked, and closes everything in reverse order.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from reconciler import __version__
from reconciler.clock import Clock, SystemClock
from reconciler.daemon.health import Health
from reconciler.daemon.loop import Loop, Settings
from reconciler.daemon.remote import Remote
from reconciler.daemon.wakeup import Wakeup, Wakeups
from reconciler.daemon.wiring import RunParts, RunWiring
from reconciler.errors import InputError, UsageError
from reconciler.gitstore import Repository, leads_into, remote_address
from reconciler.model.config import Installation
from reconciler.model.finding import Severity
from reconciler.model.history import TagEvent
from reconciler.model.name import IstagName
from reconciler.model.observation import Answer
from reconciler.model.person import Person
from reconciler.model.redaction import redact
from reconciler.model.stream import Declarations
from reconciler.reading.owned_file import read_installation
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.ask import Progress
from reconciler.reconcile.index_members import Inside, inside
from reconciler.reconcile.observe import Registries
from reconciler.reconcile.run_pass import Reconciler
from reconciler.reconcile.writer import Writer
from reconciler.registry.client import RegistryClient
from reconciler.registry.cloud.identity import CloudIdentities
from reconciler.registry.credentials.helper import Helpers
from reconciler.registry.credentials.keyring import Keyring, open_keyring
from reconciler.registry.registries_conf_file import load_registries_conf
from reconciler.registry.request_metrics import RequestMetrics
from reconciler.server.http.listener import Listener
from reconciler.server.http.service import Callbacks, Service
from reconciler.settings import MAX_FILE_BYTES
from reconciler.telemetry.log import logging_to
from reconciler.telemetry.metrics import Metrics
from reconciler.transport.certificate import machine_certificates
from reconciler.transport.session import Transport


@dataclass(frozen=True, slots=True)
class Options:
    """What every command is told: where the repository is, and how this installation is set up."""

    directory: Path = field(default_factory=Path)
    config_file: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    attended: bool = False
    """Whether git may ask a person on the terminal for a password."""


class App:
    """Builds what a command needs, once, and closes it."""

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self.options = options
        self.clock: Clock = clock or SystemClock()
        self.stack = contextlib.ExitStack()
        """What is closed with the app."""
        self._repository: Repository | None = None
        self._installation: Installation | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.close()

    @property
    def repository(self) -> Repository:
        """The git repository of `-C`. Raises `UsageError` where there is none."""
        if self._repository is None:
            options, signing = self.options, self.installation.signing
            self._repository = Repository.discover(options.directory, attended=options.attended, signing=signing)
            self.stack.callback(self._repository.close)
        return self._repository

    @property
    def installation(self) -> Installation:
        """The Installation of `--config`, or the defaults. Raises `InputError` with its first error."""
        if self._installation is None:
            self._installation = read_installation_file(self.options.config_file, self._judged())
        return self._installation

    def _judged(self) -> tuple[Path, ...]:
        """The repository of `-C`, if there is one and it matters."""
        if self.options.config_file is None:
            return ()
        with contextlib.suppress(UsageError), Repository.discover(self.options.directory) as repository:
            return (repository.path,)
        return ()

    def registries(self, progress: Progress | None = None) -> Registries:
        """The registries, with the credentials of this machine; connections are closed with the app."""
        return self.registries_of(self.installation, self.stack, progress)

    def inside(self, state: Snapshot) -> Inside:
        """What a commit's indexes have inside; the registries are opened when the first is asked about."""

        def look_up(name: IstagName, event: TagEvent, declarations: Declarations) -> Answer:
            return self.registries().look_up(name, event, declarations)

        return inside(look_up, state.declarations, state.histories)

    def registries_of(
        self,
        installation: Installation,
        stack: contextlib.ExitStack,
        progress: Progress | None = None,
        metrics: Metrics | None = None,
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
        """What runs a pass."""
        return Reconciler(self.writer(), self.registries(progress))

    def loop(self, remote: Remote) -> tuple[Loop, Wakeups]:
        """The long-lived loop over a mirror, and what wakes it.

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

        return RunParts(
            clock=self.clock,
            metrics=metrics,
            wakeups=Wakeups(),
            environ=options.environ,
            config_file=options.config_file,
            read_installation=partial(read_installation_file, options.config_file),
            open_registries=registries,
        )

    def writer(self, committer: Person | None = None) -> Writer:
        """What writes to branches, in the reconciler's name or a person's."""
        signing = self.installation.signing if committer is None else None
        return Writer(self.repository, self.clock, committer or self.installation.identity, signing)

    def head(self) -> str:
        """The checked-out commit. Raises `UsageError` where there is none yet."""
        commit = self.repository.resolve("HEAD")
        if commit is None:
            raise UsageError(f"{self.repository.path} has no commit yet. Run `imagestream init` and commit first.")
        return commit


def _callbacks(wakeups: Wakeups, health: Health, branch: str) -> Callbacks:
    """How the HTTP service wakes the loop, and what it answers probes with."""
    return Callbacks(
        pushed=lambda hints: wakeups.wake(Wakeup.of_hints(hints)),
        moved=lambda moves: wakeups.wake(Wakeup.of_moves(moves, branch)),
        is_alive=lambda: health.alive,
        is_ready=lambda: health.ready,
    )


def read_installation_file(path: Path | None, judged: Sequence[Path] = ()) -> Installation:
    """The Installation of a file, or the defaults. Raises `InputError` with its first error.

    Neither the file nor what it names may lie in a repository that is `judged` by it: whoever may write the branch
    would decide whom to trust.
    """
    if path is None:
        return Installation()
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES)
    except OSError as error:
        raise UsageError(f"--config {path} cannot be read: {error.strerror}.") from error
    installation, findings = read_installation(data, str(path))
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if installation is None or errors:
        raise InputError(str(errors[0]) if errors else f"{path} is no Installation.")
    for key, named in (("--config", str(path.absolute())), *installation.paths):
        folder = leads_into(named, judged)
        if folder is not None:
            where = "" if key == "--config" else f"{path}: "
            raise InputError(
                f"{where}{key} {named} lies in the repository {folder}, where whoever may write the branch can change "
                "it. Move it out of the repository."
            )
    return installation
