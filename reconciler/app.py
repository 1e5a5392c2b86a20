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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from reconciler import __version__
from reconciler.clock import Clock, SystemClock
from reconciler.daemon.health import Health
from reconciler.daemon.loop import Dependencies, Loop, Runtime, Settings
from reconciler.daemon.wakeup import Wakeup, Wakeups
from reconciler.errors import InputError, UsageError
from reconciler.forge.github_app import InstallationTokens, github_app
from reconciler.gitstore import (
    Access,
    Address,
    GitCredentials,
    Repository,
    address,
    branch_files,
    leads_into,
    local_folder,
    loose_commit,
    occupied,
)
from reconciler.model.change import Person
from reconciler.model.config import Installation, Signing
from reconciler.model.finding import Severity
from reconciler.model.hint import GitHint, Hint, claims_of
from reconciler.model.history import TagEvent
from reconciler.model.host import is_loopback
from reconciler.model.name import IstagName
from reconciler.model.observation import Answer
from reconciler.model.stream import Declarations
from reconciler.reading.owned_file import read_installation
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.ask import Late, Progress
from reconciler.reconcile.index_members import Inside, inside
from reconciler.reconcile.observe import Registries
from reconciler.reconcile.run_pass import Reconciler
from reconciler.reconcile.writer import Writer, mirror_target
from reconciler.registry.client import RegistryClient
from reconciler.registry.cloud.identity import CloudIdentities
from reconciler.registry.credentials.helper import Helpers
from reconciler.registry.credentials.keyring import Keyring, auth_places, open_keyring
from reconciler.registry.registries_conf import load_registries_conf
from reconciler.registry.request_metrics import RequestMetrics
from reconciler.server.hooks.receiver import git_reception, registry_reception
from reconciler.server.hooks.secret import SecretFolder
from reconciler.server.http.application import Endpoints, all_bodies, application
from reconciler.server.http.listener import Listener
from reconciler.server.http.reloadable_app import ReloadableApp
from reconciler.settings import MAX_FILE_BYTES, PATIENCE
from reconciler.telemetry.log import logging_to
from reconciler.telemetry.metrics import Metrics
from reconciler.transport.certificate import machine
from reconciler.transport.redaction import redact
from reconciler.transport.session import Transport
from reconciler.watch import Watch


@dataclass(frozen=True, slots=True)
class Options:
    """What every command is told: where the repository is, and how this installation is set up."""

    directory: Path = field(default_factory=Path)
    config_file: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    attended: bool = False
    """Whether git may ask a person on the terminal for a password."""


@dataclass(frozen=True, slots=True)
class AppKey:
    """A GitHub App, as the command line names it."""

    app: str
    installation: str
    key_file: Path
    api: str | None = None
    """The base URL of its REST API; None for the one that goes with the remote."""


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
    github: AppKey | None = None
    """The GitHub App that makes the passwords, in place of one from a file."""


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
        transport = Transport(clock=self.clock, machine=machine(self.options.environ))
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
        """The long-lived loop over a mirror, and the bell that wakes it.

        Raises `UsageError` where the address, the folder or the access cannot be used, `InputError` where a file of the
        installation cannot.
        """
        self.stack.enter_context(logging_to(sys.stderr, redact))
        bell, health, metrics = Wakeups(), Health(self.clock.monotonic), Metrics(self.clock)
        rig = _Rig(self, remote, bell, health, metrics)
        loop = Loop(rig.parts(), mirror_target(rig.repository(), remote.branch), Settings(poll=remote.poll))
        self.stack.callback(loop.close)
        where = redact(address(remote.url).url)
        logging.getLogger("imagestream").info("imagestream %s keeps branch %s of %s", __version__, remote.branch, where)
        if remote.listen is not None:
            listener = self.stack.enter_context(Listener(rig.switch, remote.listen))
            logging.getLogger("imagestream").info("listening on %s", listener.address)
        return loop, bell

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


class _Rig:
    """Everything around the loop: what is made from the installation's files, again whenever they change."""

    def __init__(self, app: App, remote: Remote, bell: Wakeups, health: Health, metrics: Metrics) -> None:
        self._app, self._remote = app, remote
        self._bell, self._health, self._metrics = bell, health, metrics
        at = address(remote.url)
        self._url, self._shown = at.url, _with_address(remote, at)
        self._folder = remote.data or _mirror_folder(app.options.environ, self._url, remote.branch)
        self._bodies = all_bodies()
        app.stack.enter_context(occupied(self._folder))
        self._mend()
        self._refs = branch_files(self._url, remote.branch)
        self._watches = (
            app.stack.enter_context(Watch(self._refs, self._ref_changed)),
            app.stack.enter_context(
                Watch(_files(app.options, Installation(), remote), lambda: bell.ring(Wakeup(settings=True)))
            ),
        )
        self.switch = ReloadableApp(application(self._ways(Installation()), self._bodies))

    def parts(self) -> Dependencies:
        """What the loop works with."""
        return Dependencies(
            self._equip, self._mend, self._look, self._bell, self._health, self._app.clock, self._metrics
        )

    def repository(self, signing: Signing | None = None, renewal: GitCredentials | None = None) -> Repository:
        """The mirror."""
        return Repository(self._folder, bare=True, signing=signing, renewal=renewal)

    def _equip(self) -> Runtime:
        """Read every file anew; nothing of what is there changes before all of them are known to be right.

        What is to be read is watched before it is, so that no change falls between the two, and a broken file is
        watched for its mending.
        """
        app, options = self._app, self._app.options
        with contextlib.ExitStack() as stack:
            judged = [each for each in (local_folder(self._url), self._folder) if each is not None]
            installation = read_installation_file(options.config_file, judged)
            self._watches[1].replace(_files(options, installation, self._remote))
            guarded = stack.enter_context(GitCredentials(self._access(stack), self._url))
            asking = dataclasses.replace(installation, serves_this_machine=is_on_this_machine(self._url))
            registries = app.registries_of(asking, stack, metrics=self._metrics)
            ways = self._ways(installation)
            close = stack.pop_all().close
        for text in (*ways.registry.without_secret(), *ways.git.without_secret()):
            logging.getLogger("imagestream").warning("%s", text)
        self.switch.to(application(ways, self._bodies))
        signing, backlog = installation.signing, Late(PATIENCE, self._answered)
        writer = Writer(self.repository(signing, guarded), app.clock, installation.identity, signing)
        return Runtime(Reconciler(writer, dataclasses.replace(registries, heard=self._heard, backlog=backlog)), close)

    def _access(self, stack: contextlib.ExitStack) -> Access:
        """What the remote is shown: what the command line names, or the tokens of a GitHub App."""
        app, key = self._app, self._remote.github
        if key is None:
            return self._shown
        transport = stack.enter_context(Transport(clock=app.clock, machine=machine(app.options.environ)))
        github = github_app(key.app, key.installation, key.key_file, key.api, self._url)
        return dataclasses.replace(self._shown, tokens=InstallationTokens(github, transport, app.clock))

    def _mend(self) -> None:
        Repository.mirror(self._folder, self._url, self._remote.branch)

    def _look(self) -> frozenset[str]:
        for watch in self._watches:
            watch.look()
        return frozenset[str]().union(*(watch.blind for watch in self._watches))

    def _ref_changed(self) -> None:
        commit = loose_commit(self._refs)
        self._bell.ring(Wakeup(heads=frozenset({commit})) if commit else Wakeup(branch=True))

    def _answered(self) -> None:
        self._bell.ring(Wakeup(answers=True))

    def _heard(self, host: str, result: str) -> None:
        self._metrics.add("imagestream_registry_questions_total", host=host, result=result)

    def _ways(self, installation: Installation) -> Endpoints:
        """What the HTTP server is wired to: webhooks ring the bell, and wait for nothing."""
        folder, branch = installation.secrets_dir, self._remote.branch
        secrets = SecretFolder(Path(folder) if folder else None)

        def pushed(hints: tuple[Hint, ...]) -> None:
            whole = frozenset((hint.host, hint.repository) for hint in hints if hint.tag is None)
            tags = frozenset((hint.host, hint.repository, hint.tag) for hint in hints if hint.tag is not None)
            self._bell.ring(Wakeup(repositories=whole, tags=tags, claims=claims_of(hints)))

        def moved(hints: tuple[GitHint, ...]) -> None:
            commits = [hint.commit for hint in hints if hint.branch in {None, branch}]
            if commits:
                self._bell.ring(Wakeup(branch=None in commits, heads=frozenset(each for each in commits if each)))

        return Endpoints(
            registry=registry_reception(installation, secrets, pushed),
            git=git_reception(installation, secrets, moved),
            alive=lambda: self._health.alive,
            ready=lambda: self._health.ready,
            metrics=self._metrics,
            clock=self._app.clock,
        )


def _with_address(remote: Remote, at: Address) -> Access:
    """What the remote is shown, with what its address says of user and password. UsageError for two passwords."""
    access = remote.access
    if at.password and (access.password or access.password_file or access.key_file or remote.github):
        raise UsageError(
            "--repo has a password in it, and another option gives a password or key too. Leave one of them out."
        )
    return dataclasses.replace(access, user=access.user or at.user, password=at.password or access.password)


def is_on_this_machine(url: str) -> bool:
    """Whether a git remote is a folder or a server of this machine: then whoever may merge is on it already."""
    if "://" not in url:
        head, colon, _ = url.partition(":")
        return not colon or "/" in head or is_loopback(head.rpartition("@")[2].lower())
    parts = urlsplit(url)
    return parts.scheme == "file" or is_loopback(parts.hostname or "")


def _files(options: Options, installation: Installation, remote: Remote) -> list[Path]:
    """The files, and folders of files, that an installation is made of; a change of one makes it be read again."""
    named = [options.config_file, *(path for _, path in installation.paths)]
    named += [remote.access.password_file, remote.access.key_file, remote.access.known_hosts]
    named += [remote.github.key_file if remote.github else None]
    credentials = (place.path for place in auth_places(options.environ, os.getuid()))
    return [*(Path(each).absolute() for each in named if each), *(each for each in credentials if os.path.exists(each))]  # noqa: PTH110 - Path.exists raises where it may not look


def _mirror_folder(environ: Mapping[str, str], url: str, branch: str) -> Path:
    """A folder of the user's cache for one branch of one remote."""
    cache = Path(environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "/")) / ".cache")
    return cache / "imagestream" / hashlib.sha256(f"{url} {branch}".encode()).hexdigest()[:16]


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
