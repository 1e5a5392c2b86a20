"""The application of a command for which git is enough."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType
from typing import Self

from reconciler.app.installation import read_installation_file
from reconciler.app.options import Options
from reconciler.clock import Clock, SystemClock
from reconciler.errors import UsageError
from reconciler.gitstore import Repository
from reconciler.model.config import Installation
from reconciler.model.person import Person
from reconciler.reconcile.writer import Writer


class App:
    """Builds what a command needs, once, and closes it."""

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self.options = options
        self.clock: Clock = clock or SystemClock()
        self.stack = contextlib.ExitStack()
        """Everything that is closed with the app."""
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
        """The repository of `-C`, where an Installation must not lie in it."""
        if self.options.config_file is None:
            return ()
        with contextlib.suppress(UsageError), Repository.discover(self.options.directory) as repository:
            return (repository.path,)
        return ()

    def writer(self, committer: Person | None = None) -> Writer:
        """The writer of branches, in the name of the reconciler or of a person."""
        signing = self.installation.signing if committer is None else None
        return Writer(self.repository, self.clock, committer or self.installation.identity, signing)

    def head(self) -> str:
        """The checked-out commit. Raises `UsageError` where there is none yet."""
        commit = self.repository.resolve("HEAD")
        if commit is None:
            raise UsageError(f"{self.repository.path} has no commit yet. Run `imagestream init` and commit first.")
        return commit
