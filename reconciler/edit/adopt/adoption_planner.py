"""The planner of an adoption: decides what is taken over, and refuses the rest with a reason.

A stream that is declared here already keeps its spec, and gets only the histories; one that is declared differently is
refused. An istag that has a history, or ever had one, gets no other. A second adoption of an export writes nothing.
"""

from __future__ import annotations

from reconciler.documents.read.path_filter import may_declare
from reconciler.edit.adopt.adoption import AdoptedStream, AdoptedTag, Adoption
from reconciler.edit.adopt.difference import differences
from reconciler.edit.adopt.export import Export, ExportedStream
from reconciler.edit.adopt.exported_history import Stack, cut
from reconciler.edit.adopt.import_mode import ADVICE, ImportModes, WrittenModes
from reconciler.edit.spec_file import unread_stream
from reconciler.model.name import IstagName
from reconciler.model.observation import Reason
from reconciler.model.plan import Problem
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.hidden_declaration import HiddenDeclarations, find_hidden
from reconciler.provenance.log import Log
from reconciler.provenance.shallow_clone import ensure_whole
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.writer import Writer


def plan_adoption(writer: Writer, base: str, export: Export) -> Adoption:
    """Decide which streams, tags and events of an export are adopted on one commit."""
    ensure_whole(writer.repository)
    snapshot = read_snapshot(writer.repository, base)
    names = [name for each in export.streams for name in each.stacks]
    modes = ImportModes(writer.repository, snapshot)
    planner = AdoptionPlanner(
        snapshot, FileVersions(Log(writer.repository, base), names), find_hidden(writer.repository, snapshot), modes
    )
    streams = [stream for each in export.streams if (stream := planner.stream(each)) is not None]
    written = modes.written()
    kept = [stream for stream in streams if not planner.is_refused(stream, written)]
    return Adoption(base, tuple(kept), tuple(planner.problems), written.files)


class AdoptionPlanner:
    """Decides about one stream after the other, and collects the refusals."""

    def __init__(
        self, snapshot: Snapshot, record: FileVersions, hidden: HiddenDeclarations, modes: ImportModes
    ) -> None:
        self.problems: list[Problem] = []
        self._snapshot = snapshot
        self._record = record
        self._hidden = hidden
        self._modes = modes

    def stream(self, exported: ExportedStream) -> AdoptedStream | None:
        """The decision about a stream; None where it is refused."""
        file = self._file(exported)
        if file is None:
            return None
        tags = [tag for name in sorted(exported.stacks) if (tag := self._tag(exported, name)) is not None]
        declared = self._snapshot.declarations.streams.get(exported.stream.name)
        if declared is None:
            return AdoptedStream(exported, file, declares=True, tags=tuple(tags))
        fresh = (
            tag for tag in self._modes.silent(declared, exported.stream) if not self._had_one(declared.name.tag(tag))
        )
        modes = tuple(sorted(fresh))
        self._modes.write(declared, modes)
        return AdoptedStream(exported, file, declares=False, tags=tuple(tags), modes=modes)

    def is_refused(self, stream: AdoptedStream, written: WrittenModes) -> bool:
        """Whether a stream needs its import mode in a file that cannot be edited."""
        declared = self._snapshot.declarations.streams.get(stream.exported.stream.name)
        files = [declared.tags[tag].position.file for tag in stream.modes] if declared else []
        why = next((written.refused[file] for file in files if file in written.refused), None)
        if why is not None:
            text = (
                f"stream {stream.exported.stream.name} names no importMode, and it cannot be written: {why}. {ADVICE}"
            )
            self._refuse(stream.exported, text)
        return why is not None

    def _file(self, exported: ExportedStream) -> str | None:
        """The file that declares the stream, or will declare it; None where it is refused."""
        name = exported.stream.name
        declared = self._snapshot.declarations.streams.get(name)
        if declared is not None:
            return self._declared(exported)
        path = f"imagestreams/{name.namespace}/{name.name}.yaml"
        unreadable = unread_stream(self._hidden, self._snapshot, name)
        if unreadable is not None:
            self._refuse(exported, f"{name} is not adopted: {unreadable}")
        elif path in self._snapshot.files.entries:
            self._refuse(exported, f"{path} exists, but declares no stream {name}. Move it away.")
        elif not may_declare(path, self._snapshot.config):
            text = f"streams.include of reconciler.yaml leaves {path} out, where {name} belongs. Include imagestreams/."
            self._refuse(exported, text)
        else:
            return path
        return None

    def _declared(self, exported: ExportedStream) -> str | None:
        name = exported.stream.name
        declared = self._snapshot.declarations.streams[name]
        file = declared.positions[0].file
        broken = self._snapshot.declarations.broken | self._hidden.istags.keys()
        found = list(differences(declared, exported.stream, broken, self._modes.silent(declared, exported.stream)))
        if not found:
            return file
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        text = (
            f"stream {name} is declared differently: {found[0]}{more}. Make {file} and {exported.position.file} agree."
        )
        self._refuse(exported, text)
        return None

    def _tag(self, exported: ExportedStream, name: IstagName) -> AdoptedTag | None:
        """The history of one istag; None where nothing is written."""
        whole = exported.stacks[name]
        stack = cut(whole, self._snapshot.config.history_limit)
        if self._had_one(name):
            if not self._is_first(name, stack):
                text = f"{name} has a history already, and it began differently. Histories are not replaced."
                self._refuse(exported, text, name)
            return None
        if name in self._snapshot.unreadable:
            self._refuse(exported, f"{name} is not adopted: {self._snapshot.unreadable[name]}", name)
            return None
        hold = self._snapshot.holds.get(name)
        if hold is not None and stack[0].identity in {entry.identity for entry in hold.held}:
            text = f"{name} is held: the newest image of the export was rolled back here. `imagestream unhold {name}`"
            self._refuse(exported, text, name)
            return None
        return AdoptedTag(name, stack, len(whole) - len(stack))

    def _had_one(self, name: IstagName) -> bool:
        return name in self._snapshot.histories or bool(self._record.histories(name))

    def _is_first(self, name: IstagName, stack: Stack) -> bool:
        """Whether the first history of the istag was this one: then it was adopted before."""
        versions = self._record.histories(name)
        if not versions:
            return False
        self._record.load(versions[-1:])
        first = self._record.stack(name, versions[-1].change.new_oid) or ()
        pairs = list(zip(first, stack, strict=False))  # a limit that changed cuts one of them elsewhere
        return bool(pairs) and all((a.identity, a.created) == (b.identity, b.created) for a, b in pairs)

    def _refuse(self, exported: ExportedStream, text: str, name: IstagName | None = None) -> None:
        at = exported.position
        self.problems.append(Problem(name, Reason.INVALID, text, at.file, at.line or None))
