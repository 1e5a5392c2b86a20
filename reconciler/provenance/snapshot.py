"""The state of a commit, read together with what its files declared in earlier ones.

A file that cannot be loaded now holds back the tags that it declared when it last loaded; only git knows which.
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
    """Everything that a pass needs from one commit; arguments and errors are those of `reading.read_snapshot`."""
    return reading.read_snapshot(repository, commit, LastLoadable, last, readings)


def declared_at(repository: Repository, commit: str, config: Config) -> Declarations:
    """Only what the streams of a commit declare, under a given configuration."""
    return reading.declared_at(repository, commit, config, LastLoadable)
