"""The snapshot of a commit, read together with what its files declared in earlier commits.

A file that cannot be loaded now protects the tags that it declared when it last loaded, which only git knows.
"""

from __future__ import annotations

from reconciler.gitstore import Repository
from reconciler.model.config import Config
from reconciler.model.stream import Declarations
from reconciler.provenance.last_loadable import LastLoadable
from reconciler.reading import snapshot_reader as reading
from reconciler.reading.declare import FileReadings
from reconciler.reading.snapshot import Snapshot


def read_snapshot(
    repository: Repository, commit: str, last: Snapshot | None = None, readings: FileReadings | None = None
) -> Snapshot:
    """The snapshot of a commit; arguments and errors are those of `reading.snapshot_reader.read_snapshot`."""
    return reading.read_snapshot(repository, commit, LastLoadable, last, readings)


def declared_at(repository: Repository, commit: str, config: Config) -> Declarations:
    """The declarations of a commit alone, under a given Config."""
    return reading.declared_at(repository, commit, config, LastLoadable)
