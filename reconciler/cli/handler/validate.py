"""`imagestream validate`: prints every finding, in the order of the files."""

from __future__ import annotations

import os
from pathlib import Path

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE, FAILED
from reconciler.cli.output.validation import RENDERERS
from reconciler.errors import UsageError
from reconciler.gitstore import Repository
from reconciler.model.finding import Severity
from reconciler.model.stream import Declarations
from reconciler.query.validate import validate_folder, validate_revision
from reconciler.settings import CONFIG_FILE


def validate(options: Options, paths: tuple[Path, ...], revision: str | None, output: str, *, strict: bool) -> int:
    """Judge a folder or a commit and print the findings."""
    with App(options) as app:
        declared = _validate(app, paths, revision)
    RENDERERS[output](declared)
    failing = [finding for finding in declared.findings if strict or finding.severity is Severity.ERROR]
    return FAILED if failing else DONE


def _validate(app: App, paths: tuple[Path, ...], revision: str | None) -> Declarations:
    folder, repository, only = _scope(app, paths, bare=revision is not None)
    if revision is None:
        return validate_folder(folder, repository, app.installation, only)
    if repository is None:
        raise UsageError(f"--revision needs a git repository, and {folder} is in none.")
    return validate_revision(repository, revision, app.installation, only)


def _scope(app: App, paths: tuple[Path, ...], *, bare: bool) -> tuple[Path, Repository | None, list[str]]:
    """The folder to check, its repository, and the requested paths below it.

    One PATH that is a folder with a `reconciler.yaml` of its own is checked as if it were a repository.
    """
    if len(paths) == 1 and (paths[0] / CONFIG_FILE).is_file():
        return paths[0], None, []
    try:
        repository = app.repository
    except UsageError:
        return _plain_scope(app.options.directory, paths)
    if repository.bare and not bare:
        raise UsageError(f"{repository.path} has no work tree. Name a commit with --revision.")
    only = [_below(path, repository.path) for path in paths]
    return repository.path, repository, [path for path in only if path != "."]


def _plain_scope(directory: Path, paths: tuple[Path, ...]) -> tuple[Path, None, list[str]]:
    only = [_below(path, directory) for path in paths]
    return directory, None, [path for path in only if path != "."]


def _below(path: Path, folder: Path) -> str:
    """The path relative to the folder. The last component may be a symlink, which is not followed."""
    resolved = path.parent.resolve() / path.name if path.name not in {"", ".."} else path.resolve()
    try:
        return Path(os.path.normpath(resolved)).relative_to(folder.resolve()).as_posix()
    except ValueError as error:
        raise UsageError(f"{path} is not below {folder}. Name files of that folder, or use -C.") from error
