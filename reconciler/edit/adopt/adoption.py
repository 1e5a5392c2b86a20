"""Adopt: streams that come from elsewhere become specs and histories of this repository, one commit a stream.

The commit holds the spec and the histories together, so that reverting it takes the stream out as a whole. Its trailers
make the histories our own (cause `adopted`); its author is the person, whose spec it is. A stream that is declared here
already keeps its spec, and gets only the histories; one that is declared otherwise is refused. No istag that has a
history, or ever had one, gets another. Adopting the same once more writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.documents.read.path_filter import may_declare
from reconciler.edit.adopt.difference import differences
from reconciler.edit.adopt.export import Export, ExportedStream
from reconciler.edit.adopt.exported_history import Stack, cut
from reconciler.edit.adopt.import_mode import ADVICE, ImportModes, WrittenModes
from reconciler.edit.adopt.left_out import LeftOut, left_out
from reconciler.edit.spec_file import unread_stream
from reconciler.gitstore import Draft
from reconciler.model.change import Change, Move
from reconciler.model.config import CommitStyle
from reconciler.model.history import TagHistory
from reconciler.model.name import IstagName
from reconciler.model.observation import Reason
from reconciler.model.person import Person, Request
from reconciler.model.phrase import plural
from reconciler.model.plan import Plan, Problem
from reconciler.model.stream import ImportMode
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.hidden_declaration import HiddenDeclarations, find_hidden
from reconciler.provenance.log import Log
from reconciler.provenance.shallow_clone import ensure_whole
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.committed_file import read_committed_config
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.apply import draft
from reconciler.reconcile.writer import Composition, Result, Target, Writer

_LISTED = 50
"""Tags that a message lists."""


@dataclass(frozen=True, slots=True)
class AdoptedTag:
    """One istag whose history is taken over."""

    tag: IstagName
    stack: Stack
    left_out: int = 0
    """Older events that `limits.history` has no room for."""


@dataclass(frozen=True, slots=True)
class AdoptedStream:
    """What becomes of one stream."""

    exported: ExportedStream
    file: str
    """Where it is declared."""
    declares: bool
    """Whether that file is written; a stream that is declared already keeps its spec."""
    tags: tuple[AdoptedTag, ...] = ()
    modes: tuple[str, ...] = ()
    """The tags for which the file names no import mode, so that the cluster's is written into it."""

    @property
    def writes(self) -> bool:
        """Whether there is anything left to write."""
        return self.declares or bool(self.tags)


@dataclass(frozen=True, slots=True)
class Adoption:
    """What an adoption does on one commit."""

    revision: str
    streams: tuple[AdoptedStream, ...] = ()
    problems: tuple[Problem, ...] = ()
    modes: Mapping[str, bytes] = field(default_factory=dict)
    """Files of streams that are declared already, with the import mode written into them."""


@dataclass(slots=True)
class AdoptionResult:
    """What was done."""

    adoption: Adoption
    result: Result
    commits: dict[IstagName, str] = field(default_factory=dict)
    """The commit of each istag whose history was written."""


def adopt(writer: Writer, target: Target, export: Export, person: Person) -> AdoptionResult:
    """Commit the exported streams. Raises what `Writer.write` does."""
    done: list[Adoption] = []

    def compose(base: str) -> Composition:
        done.append(plan_adoption(writer, base, export))
        return _compose(done[-1], writer, person)

    result = writer.write(target, compose)
    commits = {change.tag: commit for change, commit in zip(result.plan.changes, result.commits, strict=False)}
    return AdoptionResult(done[-1], result, commits)


def preview(writer: Writer, target: Target, export: Export) -> AdoptionResult:
    """What `adopt` would do; nothing is written."""
    adoption = plan_adoption(writer, writer.base(target), export)
    return AdoptionResult(adoption, Result(Plan(adoption.revision, (), adoption.problems), target=target))


def omissions(adoption: Adoption, export: Export) -> tuple[LeftOut, ...]:
    """What of an export did not come over, and why."""
    counts = Counter(export.left_out)
    counts["refused-stream"] += len(export.streams) - len(adoption.streams)
    counts["refused-tag"] += sum(problem.tag is not None for problem in adoption.problems)
    counts["older-event"] += sum(tag.left_out for stream in adoption.streams for tag in stream.tags)
    return left_out(counts)


def plan_adoption(writer: Writer, base: str, export: Export) -> Adoption:
    """Decide, on one commit, what of an export is taken over."""
    ensure_whole(writer.repository)
    snapshot = read_snapshot(writer.repository, base)
    names = [name for each in export.streams for name in each.stacks]
    modes = ImportModes(writer.repository, snapshot)
    desk = AdoptionPlanner(
        snapshot, FileVersions(Log(writer.repository, base), names), find_hidden(writer.repository, snapshot), modes
    )
    streams = [stream for each in export.streams if (stream := desk.stream(each)) is not None]
    written = modes.written()
    kept = [stream for stream in streams if not desk.is_refused(stream, written)]
    return Adoption(base, tuple(kept), tuple(desk.problems), written.files)


class AdoptionPlanner:
    """One commit's snapshot, and what was refused on it."""

    def __init__(
        self, snapshot: Snapshot, record: FileVersions, hidden: HiddenDeclarations, modes: ImportModes
    ) -> None:
        self.problems: list[Problem] = []
        self._snapshot = snapshot
        self._record = record
        self._hidden = hidden
        self._modes = modes

    def stream(self, exported: ExportedStream) -> AdoptedStream | None:
        """What becomes of a stream; None where it is refused."""
        file = self._file(exported)
        if file is None:
            return None
        tags = [tag for name in sorted(exported.stacks) if (tag := self._tag(exported, name)) is not None]
        there = self._snapshot.declarations.streams.get(exported.stream.name)
        if there is None:
            return AdoptedStream(exported, file, declares=True, tags=tuple(tags))
        fresh = (tag for tag in self._modes.silent(there, exported.stream) if not self._had_one(there.name.tag(tag)))
        modes = tuple(sorted(fresh))
        self._modes.write(there, modes)
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
        """Where the stream is or will be declared."""
        name = exported.stream.name
        there = self._snapshot.declarations.streams.get(name)
        if there is not None:
            return self._declared(exported)
        path = f"imagestreams/{name.namespace}/{name.name}.yaml"
        unreadable = unread_stream(self._hidden, self._snapshot, name)
        if unreadable is not None:
            self._refuse(exported, f"{name} is not adopted: {unreadable}")
        elif path in self._snapshot.files.entries:
            self._refuse(exported, f"{path} is there already, but declares no stream {name}. Move it away.")
        elif not may_declare(path, self._snapshot.config):
            text = f"streams.include of reconciler.yaml leaves {path} out, where {name} belongs. Include imagestreams/."
            self._refuse(exported, text)
        else:
            return path
        return None

    def _declared(self, exported: ExportedStream) -> str | None:
        name = exported.stream.name
        there = self._snapshot.declarations.streams[name]
        file = there.positions[0].file
        broken = self._snapshot.declarations.broken | self._hidden.istags.keys()
        found = list(differences(there, exported.stream, broken, self._modes.silent(there, exported.stream)))
        if not found:
            return file
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        text = f"stream {name} is declared otherwise: {found[0]}{more}. Make {file} and {exported.position.file} agree."
        self._refuse(exported, text)
        return None

    def _tag(self, exported: ExportedStream, name: IstagName) -> AdoptedTag | None:
        """One istag's history; None where there is nothing to write."""
        whole = exported.stacks[name]
        stack = cut(whole, self._snapshot.config.history_limit)
        if self._had_one(name):
            if not self._is_first(name, stack):
                text = f"{name} has a history already, and it began otherwise. No history is ever replaced."
                self._refuse(exported, text, name)
            return None
        if name in self._snapshot.unreadable:
            self._refuse(exported, f"{name} is not adopted: {self._snapshot.unreadable[name]}", name)
            return None
        hold = self._snapshot.holds.get(name)
        if hold is not None and stack[0].identity in {entry.identity for entry in hold.held}:
            text = f"{name} is held: the export has on top what was rolled back here. `imagestream unhold {name}`"
            self._refuse(exported, text, name)
            return None
        return AdoptedTag(name, stack, len(whole) - len(stack))

    def _had_one(self, name: IstagName) -> bool:
        return name in self._snapshot.histories or bool(self._record.histories(name))

    def _is_first(self, name: IstagName, stack: Stack) -> bool:
        """Whether this very history was the first the istag had: it was adopted before."""
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


def _compose(adoption: Adoption, writer: Writer, person: Person) -> Composition:
    style = read_committed_config(writer.repository, writer.repository.commit_files(adoption.revision)).commit
    drafts: list[Draft] = []
    changes: list[Change] = []
    owners: list[int] = []
    if adoption.modes:
        drafts.append(_mode_draft(adoption, style, person))
    for stream in adoption.streams:
        if stream.writes:
            made = [_change(tag, person) for tag in stream.tags]
            owners.extend(len(drafts) for _ in made)
            changes.extend(made)
            drafts.append(_draft(stream, made, style, writer.committer, person))
    plan = Plan(adoption.revision, tuple(changes), adoption.problems)
    return Composition(plan, tuple(drafts), tuple(owners))


def _change(tag: AdoptedTag, person: Person) -> Change:
    return Move(
        tag=tag.tag,
        history=TagHistory(tag.tag, tag.stack),
        first=True,
        request=Request(person),
    )


def _draft(
    stream: AdoptedStream, changes: list[Change], style: CommitStyle, committer: Person, person: Person
) -> Draft:
    spec: dict[str, bytes | None] = {stream.file: stream.exported.spec} if stream.declares else {}
    if not changes:
        return Draft(files=spec, author=person, message=f"{style.subject_prefix}{_declaration(stream)}")
    made = draft(changes, style, committer)
    return Draft(files={**spec, **made.files}, author=made.author, message=made.message)


def _mode_draft(adoption: Adoption, style: CommitStyle, person: Person) -> Draft:
    """The person's own commit that makes the files say what they meant in the cluster."""
    tags = [stream.exported.stream.name.tag(tag) for stream in adoption.streams for tag in stream.modes]
    subject = f"Write importMode: {ImportMode.LEGACY} for {plural(len(tags), 'tag')}"
    why = "The cluster that they come from fills it in where a file leaves it out; here that means PreserveOriginal."
    more = [f"and {len(tags) - _LISTED} more"] if len(tags) > _LISTED else []
    message = f"{style.subject_prefix}{subject}\n\n{why}\n\n{chr(10).join([*map(str, tags[:_LISTED]), *more])}\n"
    return Draft(files=dict(adoption.modes), author=person, message=message)


def _declaration(stream: AdoptedStream) -> str:
    """The message for a stream that nobody had recorded anything of: a person's commit, without trailers."""
    declared = stream.exported.stream
    tags = plural(len(declared.tags), "tag")
    return f"Adopt {declared.name}: {tags}\n\nNo history came with it; the next pass imports what it can.\n"
