"""Every event that any version of any history of a stream had."""

from __future__ import annotations

from reconciler.errors import DocumentError
from reconciler.gitstore import Repository
from reconciler.gitstore.ancestry import Ancestry
from reconciler.model.history import TagEvent
from reconciler.model.name import StreamName, istag_of_path
from reconciler.provenance.depth import ensure_whole
from reconciler.reading.recorded import read_history
from reconciler.settings import HISTORY_DIR, MAX_FILE_BYTES


def events_ever(repository: Repository, revision: str, stream: StreamName) -> tuple[TagEvent, ...]:
    """Every event that any version of any history of the stream had, newest version first."""
    ensure_whole(repository)
    folder = f"{HISTORY_DIR}/{stream}"
    oids: dict[str, str] = {}
    for commit in Ancestry(repository).log(revision, paths=[folder]):
        oids.update({change.new_oid: change.path for change in commit.files if change.new_oid is not None})
    blobs = repository.read(oids, MAX_FILE_BYTES)
    events: dict[TagEvent, None] = {}
    for oid, path in oids.items():
        events.update(dict.fromkeys(_events(path, blobs[oid])))
    return tuple(events)


def _events(path: str, data: bytes | None) -> tuple[TagEvent, ...]:
    name = istag_of_path(path)
    try:
        return read_history(data, path, name).items if data is not None and name is not None else ()
    except DocumentError:
        return ()
