"""Single files of a commit: the bytes of any file, and the Config."""

from __future__ import annotations

from reconciler.errors import InputError, UsageError
from reconciler.gitstore import CommitFiles, Repository
from reconciler.model.config import Config
from reconciler.model.finding import Severity
from reconciler.reading.owned_file import read_config
from reconciler.settings import CONFIG_FILE, MAX_FILE_BYTES


def content(repository: Repository, files: CommitFiles, path: str) -> bytes | None:
    """The bytes of one file of a commit; None if there is no such file, or if it is larger than `MAX_FILE_BYTES`."""
    entry = files.entries.get(path)
    return repository.read([entry.oid], MAX_FILE_BYTES)[entry.oid] if entry else None


def read_committed_config(repository: Repository, files: CommitFiles) -> Config:
    """The Config of a commit.

    Raises `UsageError` where the commit has no `reconciler.yaml`, `InputError` where that file has errors.
    """
    if CONFIG_FILE not in files.entries:
        raise UsageError(
            f"{repository.path}: commit {files.commit[:12]} has no {CONFIG_FILE}, so this is not yet a repository "
            "of image streams. Run `imagestream init` and commit what it writes."
        )
    config, findings = read_config(content(repository, files, CONFIG_FILE), CONFIG_FILE)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if config is None or errors:
        first = errors[0] if errors else None
        raise InputError(f"{first or CONFIG_FILE}. Nothing is done until {CONFIG_FILE} is right.")
    return config
