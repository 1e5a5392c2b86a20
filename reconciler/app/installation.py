"""The Installation: the file of `--config`, read and judged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reconciler.errors import InputError, UsageError
from reconciler.gitstore import leads_into
from reconciler.model.config import Installation
from reconciler.model.finding import Severity
from reconciler.reading.owned_file import read_installation
from reconciler.settings import MAX_FILE_BYTES


def read_installation_file(path: Path | None, judged: Sequence[Path] = ()) -> Installation:
    """The Installation of a file, or the defaults. Raises `InputError` with its first error.

    The file, and the files that it names, may not lie in a repository that is `judged` by it: a person with write
    access to the branch would decide whom to trust.
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
        raise InputError(str(errors[0]) if errors else f"{path} is not an Installation.")
    for key, named in (("--config", str(path.absolute())), *installation.paths):
        folder = leads_into(named, judged)
        if folder is not None:
            where = "" if key == "--config" else f"{path}: "
            raise InputError(
                f"{where}{key} {named} lies in the repository {folder}, where everyone with write access to the "
                "branch can change it. Move it out of the repository."
            )
    return installation
