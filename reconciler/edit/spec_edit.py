"""An edit of specs in a person's name: `tag`, `promote`, `freeze` and `import` change one value and commit that edit.

The person is author and committer, and the message has no trailers. If an edit would touch other bytes of a
file, the file stays as it is and the lines to write are shown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from reconciler.edit.spec_file import Files, ensure_readable
from reconciler.errors import InputError, UsageError
from reconciler.gitstore import Draft, Repository
from reconciler.model.finding import Severity
from reconciler.model.name import IstagName
from reconciler.model.person import Person
from reconciler.model.plan import Plan
from reconciler.model.stream import Declarations
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.snapshot import Snapshot
from reconciler.reading.snapshot_reader import declared_with
from reconciler.reconcile.writer import Composition, Result, Target, Writer


@dataclass(frozen=True, slots=True)
class SpecEdit:
    """The changed files, and the commit message for them."""

    files: Files
    message: str
    lines: tuple[str, ...] = ()
    """Lines for the person."""


def write_spec(writer: Writer, target: Target, person: Person, edit: Callable[[Snapshot], SpecEdit]) -> Result:
    """Edit the specs at the tip of the branch and commit the edit; the person is author and committer."""

    def compose(base: str) -> Composition:
        snapshot = read_snapshot(writer.repository, base)
        edited = checked(writer.repository, snapshot, edit(snapshot))
        drafts = (Draft(files=edited.files, author=person, message=edited.message),) if edited.files else ()
        return Composition(Plan(base), drafts, notes=edited.lines)

    return writer.write(target, compose)


def draft_spec(writer: Writer, base: str, person: Person, edit: Callable[[Snapshot], SpecEdit]) -> str:
    """A commit of the edit on top of `base`, on no branch; `base` itself where the edit changes nothing."""
    repository = writer.repository
    snapshot = read_snapshot(repository, base)
    edited = checked(repository, snapshot, edit(snapshot))
    drafts = [Draft(files=edited.files, author=person, message=edited.message)]
    return repository.build(base, drafts, person, writer.clock.now())[-1] if edited.files else base


def write_work_tree(repository: Repository, commit: str, edit: Callable[[Snapshot], SpecEdit]) -> tuple[str, ...]:
    """Make the edit in the work tree without a commit; the lines for the person.

    Raises `InputError` where a file there differs from the committed one, which is the one that is edited.
    """
    if repository.bare:
        raise UsageError(f"{repository.path} has no work tree to leave the edit in.")
    snapshot = read_snapshot(repository, commit)
    edited = checked(repository, snapshot, edit(snapshot))
    for path, wanted_bytes in edited.files.items():
        file = repository.path / path
        committed = snapshot.files.entries.get(path)
        missing = not file.is_symlink() and not file.exists()
        if repository.committed_as(path) != (committed.oid if committed else None) or (not committed and not missing):
            raise InputError(f"{path} has changes that are not committed. Commit them, and run it again.")
        if wanted_bytes is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(repository.checked_out_as(path, wanted_bytes))
        else:
            file.unlink(missing_ok=True)
    return edited.lines


def checked(repository: Repository, snapshot: Snapshot, edited: SpecEdit) -> SpecEdit:
    """The edit itself, once it is checked. Every command that edits a spec goes through here.

    Raises `InputError` for a new error, and for a new declaration that a file which cannot be read now has too: the
    two would contradict each other as soon as that file can be read again.
    """
    if edited.files:
        declared = declared_with(repository, snapshot, edited.files)
        added = sorted(declared.declared - snapshot.declarations.declared)
        if added:
            ensure_readable(repository, snapshot, added)
        known = {(finding.rule, finding.message) for finding in snapshot.declarations.findings}
        for finding in declared.findings:
            if finding.severity is Severity.ERROR and (finding.rule, finding.message) not in known:
                raise InputError(f"nothing was written, because it would be wrong. {finding}")
        return dataclasses.replace(edited, lines=(*edited.lines, *_same_names(snapshot.declarations, added)))
    return edited


def _same_names(declarations: Declarations, added: Iterable[IstagName]) -> Iterator[str]:
    """Warnings for a new stream whose name is that of a stream in another namespace, which may have been meant."""
    for stream in sorted({name.stream_name for name in added} - declarations.streams.keys()):
        there = sorted(str(each) for each in declarations.streams if each.name == stream.name)
        if there:
            meant = " or ".join(there[:3])
            yield f"{stream} is a new stream. If {meant} is meant, write it so, or name its namespace by --namespace."
