"""Origins: how istags without a spec tag came to be, and which whole repositories were imported, as git has it.

An event of an istag that had no spec tag when it was recorded came from the stream's `dockerImageRepository`. The
newest of them says which repository was imported last, and what of it did not come then; it is imported again only when
the stream names another. So does an event of a spec tag without `from`, and one that was adopted from a stream that had
imported that repository.
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
    """What git says of the istags without a spec tag."""

    imported: frozenset[StreamName]
    """Streams whose `dockerImageRepository` was imported last."""
    awaited: frozenset[IstagName]
    """What these repositories had when they were imported, and that did not come yet."""
    unspecified: dict[IstagName, bool]
    """Whether an istag had no spec tag when its newest event was recorded; no entry where that cannot be told."""


def find_origins(log: Log, state: Snapshot) -> Origins:
    """Look into the log of the streams that import a repository, or have istags without a spec tag."""
    imported: set[StreamName] = set()
    awaited: set[IstagName] = set()
    unspecified: dict[IstagName, bool] = {}
    undeclared = _undeclared(state)
    for stream in state.declarations.streams.values():
        found = undeclared.get(stream.name, set())
        if not found and not stream.repository:
            continue
        past = _StreamImports(log, state, stream)
        past.read(found)
        unspecified |= past.unspecified
        if past.last is not None and past.last == imported_from(stream) and EVERY_TAG not in past.awaited:
            imported.add(stream.name)
            awaited |= set(map(stream.name.tag, past.awaited))
    return Origins(frozenset(imported), frozenset(awaited), unspecified)


def _undeclared(state: Snapshot) -> dict[StreamName, set[IstagName]]:
    """By stream the istags that no spec tag names, but for those that were pushed."""
    found: dict[StreamName, set[IstagName]] = {}
    for name, history in state.histories.items():
        pushed = history.top is None or history.top.cause is Cause.PUSHED
        if not pushed and state.declarations.tag(name) is None:
            found.setdefault(name.stream_name, set()).add(name)
    return found


@dataclass(slots=True)
class _StreamImports:
    """The commits of one stream's histories, read until everything is told."""

    log: Log
    state: Snapshot
    stream: Stream
    last: Reference | None = None
    """The repository that was imported last, without a tag."""
    awaited: tuple[str, ...] = ()
    """What of it did not come."""
    unspecified: dict[IstagName, bool] = field(default_factory=dict)

    def read(self, names: set[IstagName]) -> None:
        """Tell the origin of some istags, and the last import."""
        looks_for_import = self.stream.repository is not None
        self.log.ancestry.bring_versions(self.log.revision, sorted({each.file for each in self.stream.positions}))
        for commit in self.log.ancestry.log(self.log.revision, paths=[f"{HISTORY_DIR}/{self.stream.name}"]):
            moves = [said for said in self.log.trailers(commit) if self._is_move(said)]
            before = self._declared(commit.id) if moves else None
            for said in reversed(moves):
                unspecified = before is None or said.tag.tag not in before.tags
                if said.tag in names:
                    self.unspecified.setdefault(said.tag, unspecified)
                if self.last is None and before is not None and _is_import(said, before):
                    self.last, self.awaited = imported_from(before), said.awaited
            if names <= self.unspecified.keys() and not (looks_for_import and self.last is None):
                return

    def _is_move(self, said: RecordedChange) -> bool:
        return said.tag.stream_name == self.stream.name and said.cause in _MOVES

    def _declared(self, commit: str) -> Stream | None:
        """The stream as it was declared at a commit; its files of today are enough, where they were there."""
        entries = self.log.repository.commit_files(commit).entries
        paths = {position.file for position in self.stream.positions}
        if not paths <= entries.keys():
            return declared_at(self.log.repository, commit, self.state.config).streams.get(self.stream.name)
        blobs = self.log.repository.read([entries[path].oid for path in paths], MAX_FILE_BYTES)
        files = {path: blobs[entries[path].oid] for path in sorted(paths)}
        return declare(files, self.state.config).streams.get(self.stream.name)


def _is_import(said: RecordedChange, stream: Stream) -> bool:
    """Whether an event came from the repository that its stream named then: of tag T the source REPOSITORY:T.

    Not one of a spec tag with a source of its own, but for what another installation had recorded: OpenShift writes
    the source into the spec.
    """
    tag = stream.tags.get(said.tag.tag)
    own = tag is not None and not tag.imported and said.cause != Cause.ADOPTED
    source = imported_source(stream, said.tag.tag)
    return not own and said.cause != Cause.PUSHED and source is not None and source == said.source
