"""Edits of specs on a person's behalf: `tag`, `promote`, `freeze` change one value of a file and commit that one edit.

The commit is the person's own: author and committer, no trailers. Where a file cannot be edited without touching more
than the value concerned, nothing is written and the lines to write are shown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.documents.edit.target.spec_tag import TagEdit, edit_tag, left_alone, new_stream, remove_tag
from reconciler.documents.read.path_filter import may_declare
from reconciler.errors import InputError, UsageError
from reconciler.gitstore import Draft, Repository
from reconciler.model.config import Config
from reconciler.model.finding import Severity
from reconciler.model.name import IstagName, StreamName
from reconciler.model.person import Person
from reconciler.model.plan import Plan
from reconciler.model.stream import FROZEN_ANNOTATION, Declarations
from reconciler.provenance.hidden_declaration import HiddenDeclarations, find_hidden
from reconciler.provenance.last_loadable import declared_names
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.committed_file import content
from reconciler.reading.file_reading import default_namespace
from reconciler.reading.missing_tag import MEND, no_spec_tag
from reconciler.reading.snapshot import Snapshot
from reconciler.reading.snapshot_reader import declared_with
from reconciler.reconcile.writer import Composition, Result, Target, Writer
from reconciler.settings import CONFIG_FILE

Files = dict[str, bytes | None]
FROZEN = "true"


@dataclass(frozen=True, slots=True)
class SpecEdit:
    """What an edit makes of the repository's files, and the message for it."""

    files: Files
    message: str
    lines: tuple[str, ...] = ()
    """What to tell the person."""


def write_spec(writer: Writer, target: Target, person: Person, edit: Callable[[Snapshot], SpecEdit]) -> Result:
    """Edit the specs of the branch's tip and commit that, as the person. The writer's committer is the person too."""

    def compose(base: str) -> Composition:
        state = read_snapshot(writer.repository, base)
        edited = checked(writer.repository, state, edit(state))
        drafts = (Draft(files=edited.files, author=person, message=edited.message),) if edited.files else ()
        return Composition(Plan(base), drafts, notes=edited.lines)

    return writer.write(target, compose)


def draft_spec(writer: Writer, base: str, person: Person, edit: Callable[[Snapshot], SpecEdit]) -> str:
    """A commit that no branch has, with the edit on top of `base`; `base` itself where nothing is to be edited."""
    repository = writer.repository
    state = read_snapshot(repository, base)
    edited = checked(repository, state, edit(state))
    drafts = [Draft(files=edited.files, author=person, message=edited.message)]
    return repository.build(base, drafts, person, writer.clock.now())[-1] if edited.files else base


def write_work_tree(repository: Repository, commit: str, edit: Callable[[Snapshot], SpecEdit]) -> tuple[str, ...]:
    """Make the edit in the work tree and commit nothing; the lines for the person.

    Raises `InputError` where a file there differs from what is committed: the edit was made on the committed one.
    """
    if repository.bare:
        raise UsageError(f"{repository.path} has no work tree to leave the edit in.")
    state = read_snapshot(repository, commit)
    edited = checked(repository, state, edit(state))
    for path, wanted_bytes in edited.files.items():
        file = repository.path / path
        committed = state.files.entries.get(path)
        missing = not file.is_symlink() and not file.exists()
        if repository.committed_as(path) != (committed.oid if committed else None) or (not committed and not missing):
            raise InputError(f"{path} has changes that are not committed. Commit them, and run it again.")
        if wanted_bytes is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(repository.checked_out_as(path, wanted_bytes))
        else:
            file.unlink(missing_ok=True)
    return edited.lines


def checked(repository: Repository, state: Snapshot, edited: SpecEdit) -> SpecEdit:
    """The edit, if the specs are no worse for it; every command that edits a spec ends here.

    Raises `InputError` for an error that was not there before, and where something is declared that a file which cannot
    be read now declares too: that would be wrong as soon as that file is mended.
    """
    if edited.files:
        declared = declared_with(repository, state, edited.files)
        added = sorted(declared_names(declared) - declared_names(state.declarations))
        if added:
            _ensure_readable(repository, state, added)
        known = {(finding.rule, finding.message) for finding in state.declarations.findings}
        for finding in declared.findings:
            if finding.severity is Severity.ERROR and (finding.rule, finding.message) not in known:
                raise InputError(f"nothing was written, because it would be wrong. {finding}")
        return dataclasses.replace(edited, lines=(*edited.lines, *_namesakes(state.declarations, added)))
    return edited


def _namesakes(declarations: Declarations, added: Iterable[IstagName]) -> Iterator[str]:
    """Said where a new stream has the name of one in another namespace, which may have been meant."""
    for stream in sorted({name.stream_name for name in added} - declarations.streams.keys()):
        there = sorted(str(each) for each in declarations.streams if each.name == stream.name)
        if there:
            meant = " or ".join(there[:3])
            yield f"{stream} is a new stream. If {meant} is meant, write it so, or name its namespace by --namespace."


def freeze(state: Snapshot, repository: Repository, text: str, *, frozen: bool) -> SpecEdit:
    """Stop all moves of an istag, or let it move again."""
    name = IstagName.parse(text, state.config.default_namespace)
    tag = state.declarations.tag(name)
    if tag is None:
        _ensure_readable(repository, state, [name])
        raise no_spec_tag(name, state.declarations, state.protected, "Declare it before you freeze it.")
    if tag.frozen == frozen:
        return SpecEdit({}, "", (f"{name} is {'frozen' if frozen else 'not frozen'} already.",))
    value = FROZEN if frozen else None
    edit = TagEdit(stream=name.stream_name, tag=name.tag, annotations={FROZEN_ANNOTATION: value})
    verb = "Freeze" if frozen else "Unfreeze"
    effect = "It does not move until it is unfrozen." if frozen else "It moves again."
    files = apply_edit(repository, state, edit)
    return SpecEdit(
        files, f"{verb} {name}\n\n{effect}\n", (f"{name} is {'frozen' if frozen else 'no longer frozen'}.",)
    )


def _ensure_readable(repository: Repository, state: Snapshot, istags: Sequence[IstagName]) -> None:
    """Raise `InputError` where a file that cannot be read now declares an istag, or its stream if nothing else does."""
    hidden = find_hidden(repository, state)
    for name in istags:
        if name in state.protected or name in hidden.istags:
            raise no_spec_tag(name, state.declarations, {name}, "")
        problem = unread_stream(hidden, state, name.stream_name)
        if problem is not None:
            raise InputError(f"{name}: {problem}")


def unread_stream(hidden: HiddenDeclarations, state: Snapshot, stream: StreamName) -> str | None:
    """Why a stream that nothing declares now must not be declared anew; None where it may."""
    file = None if stream in state.declarations.streams else hidden.file_of(stream)
    return None if file is None else f"{file}, which names stream {stream}, cannot be read now. {MEND}"


def apply_edit(repository: Repository, state: Snapshot, edit: TagEdit, files: Files | None = None) -> Files:
    """The files after an edit of one spec tag; `files` holds what earlier edits of the same commit made of them."""
    made: Files = dict(files or {})
    path = declaring_file(state.declarations, edit.stream.tag(edit.tag))
    if path is None:
        path = new_file(state, edit)
        made[path] = new_stream(edit)
        return made
    data, namespace = _current(repository, state, path, made)
    edited = edit_tag(data, path, edit, namespace)
    if edited != data:
        made[path] = edited
    return made


def what_stays(repository: Repository, state: Snapshot, edit: TagEdit, files: Files) -> str:
    """A sentence about what the edit leaves as it was and how that decides what is imported; empty where nothing is."""
    path = declaring_file(state.declarations, edit.stream.tag(edit.tag))
    if path is None:
        return ""
    data, namespace = _current(repository, state, path, files)
    kept = left_alone(data, path, edit, namespace)
    return f" As before: {', '.join(kept)}." if kept else ""


def apply_removal(repository: Repository, state: Snapshot, name: IstagName, files: Files | None = None) -> Files:
    """The files after a spec tag was taken out. Raises `InputError` where it is not declared."""
    made: Files = dict(files or {})
    tag = state.declarations.tag(name)
    if tag is None:
        _ensure_readable(repository, state, [name])
        advice = "`imagestream status` lists those that have one."
        raise no_spec_tag(name, state.declarations, state.protected, advice)
    path = tag.position.file
    data, namespace = _current(repository, state, path, made)
    made[path] = remove_tag(data, path, name.stream_name, name.tag, namespace)
    return made


def declaring_file(declarations: Declarations, name: IstagName) -> str | None:
    """The file that declares the tag, else the first that declares its stream, else None."""
    tag = declarations.tag(name)
    if tag is not None:
        return tag.position.file
    stream = declarations.streams.get(name.stream_name)
    if stream is not None and stream.positions:
        return stream.positions[0].file
    return None


def new_file(state: Snapshot, edit: TagEdit) -> str:
    """Where a stream that nobody declares yet is written."""
    path = f"imagestreams/{edit.stream.namespace}/{edit.stream.name}.yaml"
    if path in state.declarations.failed_files:
        raise InputError(f"{path}, where {edit.stream} would be declared, cannot be read now. {MEND}")
    if path in state.files.entries:
        raise InputError(f"{path} is there already, but declares no stream {edit.stream}. Declare it there by hand.")
    if not may_declare(path, state.config):
        raise InputError(
            f"{path} is not looked at: streams in {CONFIG_FILE} leave it out. Declare {edit.stream} by hand."
        )
    return path


def read_declaring_file(repository: Repository, commit: str, config: Config, path: str) -> tuple[bytes, str]:
    """A file of a commit, and the namespace that a stream of it without one gets."""
    return content(repository, repository.commit_files(commit), path) or b"", default_namespace(path, config)


def _current(repository: Repository, state: Snapshot, path: str, made: Files) -> tuple[bytes, str]:
    known = made.get(path)
    if known is not None:
        return known, default_namespace(path, state.config)
    return content(repository, state.files, path) or b"", default_namespace(path, state.config)
