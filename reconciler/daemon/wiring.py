"""Wiring: what the loop of `imagestream run` works with, and what wakes it.

The composition root gives `RunParts`. `RunWiring` makes the mirror, watches files, and makes everything that depends on
the installation's files again whenever one of them changes.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from reconciler.clock import Clock
from reconciler.daemon.health import Health
from reconciler.daemon.loop import Dependencies, Runtime
from reconciler.daemon.remote import Remote, is_on_this_machine
from reconciler.daemon.wakeup import Wakeup, Wakeups
from reconciler.delivery.senders import Senders
from reconciler.gitstore import GitCredentials, Repository, branch_files, exclusive_folder, local_folder, loose_commit
from reconciler.model.config import Installation, Signing
from reconciler.reading.publication import PublishedSnapshot
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.registry_pool import LateReplies
from reconciler.reconcile.run_pass import Reconciler
from reconciler.reconcile.snapshot_cache import SnapshotCache
from reconciler.reconcile.writer import Target, Writer, mirror_target
from reconciler.registry.credentials.keyring import auth_file_locations
from reconciler.settings import PATIENCE
from reconciler.telemetry.metrics import Metrics
from reconciler.watch import Watch


@dataclass(frozen=True, slots=True)
class RunParts:
    """What the composition root gives to a run: how an Installation is read, and what is built from one."""

    clock: Clock
    metrics: Metrics
    wakeups: Wakeups
    environ: Mapping[str, str]
    config_file: Path | None
    """The file of the Installation; None for the defaults."""
    read_installation: Callable[[Sequence[Path]], Installation]
    """Reads the Installation, which may not lie in one of these folders. Raises `InputError`."""
    open_registries: Callable[[Installation, ExitStack], Registries]
    """Opens the registries of an Installation; they are closed with the stack."""
    open_senders: Callable[[Installation, ExitStack], Senders]
    """Opens the way to the sinks; it is closed with the stack."""


Prepare = Callable[[Installation], Callable[[], None]]
"""Prepares the HTTP service for an Installation; the result puts it into use. Raises `InputError`."""


class RunWiring:
    """The mirror, the watches and the runtime of one run."""

    def __init__(self, remote: Remote, parts: RunParts, prepare: Prepare, stack: ExitStack) -> None:
        """Make the mirror and begin to watch; both end with the stack.

        Raises `UsageError` where the address, the folder or the access cannot be used.
        """
        self._remote = remote.without_credentials()
        self._parts, self._prepare, self._wakeups = parts, prepare, parts.wakeups
        self._folder = self._remote.mirror_folder(parts.environ)
        self.published = PublishedSnapshot()
        """What the loop has read of the branch, for other threads."""
        stack.enter_context(exclusive_folder(self._folder))
        self._make_mirror()
        self._refs = branch_files(self._remote.url, remote.branch)
        self._ref_watch = stack.enter_context(Watch(self._refs, self._branch_changed))
        self._file_watch = stack.enter_context(Watch(self._files(Installation()), self._file_changed))

    def dependencies(self, health: Health) -> Dependencies:
        """What the loop works with."""
        parts = self._parts
        return Dependencies(
            self._make_runtime,
            self._make_mirror,
            self._check_files,
            self._wakeups,
            health,
            parts.clock,
            parts.metrics,
        )

    @property
    def target(self) -> Target:
        """The branch, by way of the mirror."""
        return mirror_target(self._mirror(), self._remote.branch)

    def _mirror(self, signing: Signing | None = None, credentials: GitCredentials | None = None) -> Repository:
        return Repository(self._folder, bare=True, signing=signing, credentials=credentials)

    def _make_mirror(self) -> None:
        Repository.mirror(self._folder, self._remote.url, self._remote.branch)

    # What depends on the installation's files

    def _make_runtime(self) -> Runtime:
        """Read every file again; nothing in use changes before all of them are known to be right.

        The files are watched before they are read, so that no change falls between the two, and so that the repair of a
        broken file is noticed.
        """
        parts, remote = self._parts, self._remote
        with ExitStack() as stack:
            installation = parts.read_installation(self._judged())
            self._file_watch.replace(self._files(installation))
            access = remote.open_access(stack, parts.environ, parts.clock)
            credentials = stack.enter_context(GitCredentials(access, remote.url))
            local = dataclasses.replace(installation, serves_this_machine=is_on_this_machine(remote.url))
            registries = parts.open_registries(local, stack)
            senders = parts.open_senders(local, stack)
            put_into_use = self._prepare(installation)
            close = stack.pop_all().close
        put_into_use()
        writer = Writer(
            self._mirror(installation.signing, credentials), parts.clock, installation.identity, installation.signing
        )
        late = LateReplies(PATIENCE, self._answered_late)
        registries = dataclasses.replace(registries, answered=self._count_answer, late=late)
        return Runtime(Reconciler(writer, registries, SnapshotCache(self.published)), close, senders)

    def _judged(self) -> list[Path]:
        """The folders whose content an Installation decides about, and in which it may not lie."""
        return [each for each in (local_folder(self._remote.url), self._folder) if each is not None]

    def _files(self, installation: Installation) -> list[Path]:
        """The files, and folders of files, that an installation is made of."""
        parts = self._parts
        named = [parts.config_file, *(Path(path) for _, path in installation.paths if path), *self._remote.files]
        places = (place.path for place in auth_file_locations(parts.environ, os.getuid()))
        credentials = [each for each in places if os.path.exists(each)]  # noqa: PTH110 - Path.exists raises where it may not look
        return [*(each.absolute() for each in named if each), *credentials]

    # What wakes the loop

    def _check_files(self) -> frozenset[str]:
        """Find changes that no event reported; the result names what is not observed, and why."""
        watches = (self._ref_watch, self._file_watch)
        for watch in watches:
            watch.check()
        return frozenset[str]().union(*(watch.blind for watch in watches))

    def _branch_changed(self) -> None:
        commit = loose_commit(self._refs)
        self._wakeups.wake(Wakeup(heads=frozenset({commit})) if commit else Wakeup(branch=True))

    def _file_changed(self) -> None:
        self._wakeups.wake(Wakeup(settings=True))

    def _answered_late(self) -> None:
        self._wakeups.wake(Wakeup(answers=True))

    def _count_answer(self, host: str, result: str) -> None:
        self._parts.metrics.add("imagestream_registry_questions_total", host=host, result=result)
