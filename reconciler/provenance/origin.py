"""Origins: how istags without a spec tag were recorded, and which whole repositories were imported.

An event comes from the stream's `dockerImageRepository` if its istag had no spec tag, or one without `from`, when it
was recorded. An adopted event counts too if its stream had imported that repository. The newest such event shows which
repository was imported last, and which tags did not come then. A repository is imported again only if the stream names
another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.history import Cause
from reconciler.model.imported import imported_from, imported_source
from reconciler.model.name import IstagName, StreamName
from reconciler.model.reference import Reference
from reconciler.model.stream import Stream
from reconciler.planning.repository_list import EVERY_TAG
from reconciler.planning.trailers import RecordedChange
from reconciler.provenance.log import Log
from reconciler.provenance.snapshot import declared_at
from reconciler.reading.declare import declare
from reconciler.reading.snapshot import Snapshot
from reconciler.settings import HISTORY_DIR, MAX_FILE_BYTES

_MOVES = frozenset(str(cause) for cause in Cause)


@dataclass(frozen=True, slots=True)
class Origins:
    """What git shows about the istags without a spec tag."""

    imported: frozenset[StreamName]
    """Streams whose last import was of their current `dockerImageRepository`."""
    awaited: frozenset[IstagName]
    """Istags that these repositories had at that import, and that are not recorded yet."""
    recorded_without_spec: dict[IstagName, bool]
    """Whether an istag had no spec tag when its newest event was recorded; no entry if that is not known."""


def find_origins(log: Log, snapshot: Snapshot) -> Origins:
    """Read the log of the streams that import a repository or have istags without a spec tag."""
    imported: set[StreamName] = set()
    awaited: set[IstagName] = set()
    recorded_without_spec: dict[IstagName, bool] = {}
    undeclared = _undeclared(snapshot)
    for stream in snapshot.declarations.streams.values():
        found = undeclared.get(stream.name, set())
        if not found and not stream.repository:
            continue
        imports = _StreamImports(log, snapshot, stream)
        imports.read(found)
        recorded_without_spec |= imports.recorded_without_spec
        if imports.last is not None and imports.last == imported_from(stream) and EVERY_TAG not in imports.awaited:
            imported.add(stream.name)
            awaited |= set(map(stream.name.tag, imports.awaited))
    return Origins(frozenset(imported), frozenset(awaited), recorded_without_spec)


def _undeclared(snapshot: Snapshot) -> dict[StreamName, set[IstagName]]:
    """By stream the istags without a spec tag, except those that were pushed."""
    found: dict[StreamName, set[IstagName]] = {}
    for name, history in snapshot.histories.items():
        pushed = history.top is None or history.top.cause is Cause.PUSHED
        if not pushed and snapshot.declarations.tag(name) is None:
            found.setdefault(name.stream_name, set()).add(name)
    return found


@dataclass(slots=True)
class _StreamImports:
    """The imports of one stream, from the commits that changed its histories."""

    log: Log
    snapshot: Snapshot
    stream: Stream
    last: Reference | None = None
    """The repository that was imported last, without a tag."""
    awaited: tuple[str, ...] = ()
    """Its tags that did not come then."""
    recorded_without_spec: dict[IstagName, bool] = field(default_factory=dict)

    def read(self, names: set[IstagName]) -> None:
        """Read commits, newest first, until the origin of some istags and the last import are known."""
        looks_for_import = self.stream.repository is not None
        self.log.ancestry.bring_versions(self.log.revision, sorted({each.file for each in self.stream.positions}))
        for commit in self.log.ancestry.log(self.log.revision, paths=[f"{HISTORY_DIR}/{self.stream.name}"]):
            moves = [move for move in self.log.trailers(commit) if self._is_move(move)]
            before = self._declared(commit.id) if moves else None
            for move in reversed(moves):
                recorded_without_spec = before is None or move.tag.tag not in before.tags
                if move.tag in names:
                    self.recorded_without_spec.setdefault(move.tag, recorded_without_spec)
                if self.last is None and before is not None and _is_import(move, before):
                    self.last, self.awaited = imported_from(before), move.awaited
            if names <= self.recorded_without_spec.keys() and not (looks_for_import and self.last is None):
                return

    def _is_move(self, move: RecordedChange) -> bool:
        return move.tag.stream_name == self.stream.name and move.cause in _MOVES

    def _declared(self, commit: str) -> Stream | None:
        """The stream as it was declared at a commit; only its current files are read if the commit has them all."""
        entries = self.log.repository.commit_files(commit).entries
        paths = {position.file for position in self.stream.positions}
        if not paths <= entries.keys():
            return declared_at(self.log.repository, commit, self.snapshot.config).streams.get(self.stream.name)
        blobs = self.log.repository.read([entries[path].oid for path in paths], MAX_FILE_BYTES)
        files = {path: blobs[entries[path].oid] for path in sorted(paths)}
        return declare(files, self.snapshot.config).streams.get(self.stream.name)


def _is_import(move: RecordedChange, stream: Stream) -> bool:
    """Whether an event came from the repository that its stream named then: for tag T the source REPOSITORY:T.

    A spec tag with a source of its own does not count, unless the event was adopted: OpenShift writes the source of an
    import into the spec.
    """
    tag = stream.tags.get(move.tag.tag)
    own = tag is not None and not tag.imported and move.cause != Cause.ADOPTED
    source = imported_source(stream, move.tag.tag)
    return not own and move.cause != Cause.PUSHED and source is not None and source == move.source
