"""The composition root: the only place that builds things, reads the environment and closes what it built.

A command gets one `App`; it is cheap, opens nothing until asked, and closes everything in reverse order.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from reconciler.clock import Clock, SystemClock
from reconciler.daemon.bell import Bell, Ring
from reconciler.daemon.health import Health
from reconciler.daemon.loop import Loop, Parts, Settings
from reconciler.errors import InputError, UsageError
from reconciler.gitstore import Access, Guarded, Repository, address
from reconciler.model.change import Person
from reconciler.model.config import Installation
from reconciler.model.finding import Severity
from reconciler.model.hint import GitHint, Hint
from reconciler.operations.ask import Progress
from reconciler.operations.observe import Registries
from reconciler.operations.reconcile import Reconciler
from reconciler.operations.recorded import read_installation
from reconciler.operations.writer import Writer, mirror_target
from reconciler.registry.client import RegistryClient
from reconciler.registry.cloud import CloudIdentities
from reconciler.registry.helper import Helpers
from reconciler.registry.keyring import Keyring, open_keyring
from reconciler.registry.registriesconf import load_registries_conf
from reconciler.server.application import Ways, application
from reconciler.server.listener import Listener
from reconciler.server.reception import git_reception, registry_reception
from reconciler.server.secret import SecretFolder
from reconciler.settings import MAX_FILE_BYTES
from reconciler.telemetry.log import logging_to
from reconciler.telemetry.metrics import Metrics
from reconciler.transport.certificate import machine
from reconciler.transport.redaction import redact
from reconciler.transport.session import Transport


@dataclass(frozen=True, slots=True)
class Options:
    """What every command is told: where the repository is, and how this installation is set up."""

    directory: Path = field(default_factory=Path)
    config_file: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    attended: bool = False
    """Whether git may ask a person on the terminal for a password."""


@dataclass(frozen=True, slots=True)
class Remote:
    """The repository that the long-lived loop keeps."""

    url: str
    branch: str
    data: Path | None
    """Where the mirror lies; None for a folder of the user's cache."""
    poll: float
    """Seconds between two looks at the branch."""
    access: Access
    listen: str | None = None
    """`HOST:PORT` for webhooks, probes and metrics; None for nowhere."""


class App:
    """Builds what a command needs, once, and closes it."""

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self.options = options
        self.clock: Clock = clock or SystemClock()
        self._stack = contextlib.ExitStack()
        self._repository: Repository | None = None
        self._installation: Installation | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def repository(self) -> Repository:
        """The git repository of `-C`. Raises `UsageError` where there is none."""
        if self._repository is None:
            options, signing = self.options, self.installation.signing
            self._repository = Repository.discover(options.directory, attended=options.attended, signing=signing)
            self._stack.callback(self._repository.close)
        return self._repository

    @property
    def installation(self) -> Installation:
        """The Installation of `--config`, or the defaults. Raises `InputError` with its first error."""
        if self._installation is None:
            self._installation = _installation(self.options.config_file)
        return self._installation

    def registries(self, progress: Progress | None = None, stack: contextlib.ExitStack | None = None) -> Registries:
        """The registries, with the credentials of this machine; connections are closed with the stack, or the app."""
        transport = Transport(clock=self.clock, machine=machine(self.options.environ))
        (stack or self._stack).callback(transport.close)
        environ, helpers = self.options.environ, Helpers(self.options.environ, self.clock)
        files = open_keyring(self.installation.pull_secrets, environ, os.getuid(), helpers)
        keyring = Keyring((files, CloudIdentities(transport, self.installation, environ, self.clock)))
        conf = load_registries_conf(environ)
        client = RegistryClient(transport, keyring, self.installation, self.clock, conf)
        return Registries(client, self.installation, progress, client.new_pass)

    def reconciler(self, progress: Progress | None = None) -> Reconciler:
        """What runs a pass."""
        return Reconciler(self.writer(), self.registries(progress))

    def loop(self, remote: Remote) -> tuple[Loop, Bell]:
        """The long-lived loop over a mirror, and the bell that wakes it.

        Raises `UsageError` where the address, the folder or the access cannot be used.
        """
        url = address(remote.url)
        guarded = self._stack.enter_context(Guarded(remote.access, url))
        os.environ.update(guarded.environ)  # what every git process of this one inherits
        folder = remote.data or _mirror_folder(self.options.environ, url, remote.branch)
        signing = self.installation.signing
        repository = Repository.mirror(folder, url, remote.branch, signing=signing)
        bell, health, metrics = Bell(), Health(self.clock.monotonic), Metrics()
        self._stack.enter_context(logging_to(sys.stderr, redact))

        current = self._stack.enter_context(contextlib.ExitStack())

        def reconciler() -> Reconciler:
            current.close()  # the connections of the one before, which has no pass under way
            self._installation = None
            writer = Writer(repository, self.clock, self.installation.identity, self.installation.signing)

            def heard(host: str, result: str) -> None:
                metrics.add("imagestream_registry_questions_total", host=host, result=result)

            return Reconciler(writer, dataclasses.replace(self.registries(stack=current), heard=heard))

        target, settings = mirror_target(repository, remote.branch), Settings(poll=remote.poll)
        loop = Loop(Parts(reconciler, bell, health, self.clock, metrics), target, settings)
        if remote.listen is not None:
            ways = self._ways(bell, health, loop, metrics, remote.branch)
            listener = self._stack.enter_context(Listener(application(ways), remote.listen))
            logging.getLogger("imagestream").info("listening on %s", listener.address)
        return loop, bell

    def _ways(self, bell: Bell, health: Health, loop: Loop, metrics: Metrics, branch: str) -> Ways:
        """What the HTTP server is wired to: webhooks ring the bell, and wait for nothing."""
        folder = self.installation.secrets_dir
        secrets = SecretFolder(Path(folder) if folder else None)

        def pushed(hints: tuple[Hint, ...]) -> None:
            bell.ring(Ring(repositories=frozenset((hint.host, hint.repository) for hint in hints)))

        def moved(hints: tuple[GitHint, ...]) -> None:
            if any(hint.branch in {None, branch} and loop.moved(hint.commit) for hint in hints):
                bell.ring(Ring(branch=True))

        return Ways(
            registry=registry_reception(self.installation, secrets, pushed),
            git=git_reception(self.installation, secrets, moved),
            alive=lambda: health.alive,
            ready=lambda: health.ready,
            metrics=metrics,
            clock=self.clock,
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


def _mirror_folder(environ: Mapping[str, str], url: str, branch: str) -> Path:
    """A folder of the user's cache for one branch of one remote."""
    cache = Path(environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "/")) / ".cache")
    return cache / "imagestream" / hashlib.sha256(f"{url} {branch}".encode()).hexdigest()[:16]


def _installation(path: Path | None) -> Installation:
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
    return installation
