"""The file that declares a spec tag: which one it is, and its content after an edit.

An edit changes the bytes of one value. A stream that no file declares yet gets a file of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.documents.edit.target.spec_tag import TagEdit, edit_tag, kept_settings, new_stream, remove_tag
from reconciler.documents.read.path_filter import may_declare
from reconciler.errors import InputError
from reconciler.gitstore import Repository
from reconciler.model.config import Config
from reconciler.model.name import IstagName, StreamName
from reconciler.model.stream import Declarations
from reconciler.provenance.hidden_declaration import HiddenDeclarations, find_hidden
from reconciler.reading.committed_file import content
from reconciler.reading.file_reading import default_namespace
from reconciler.reading.missing_tag import MEND, no_spec_tag
from reconciler.reading.snapshot import Snapshot
from reconciler.settings import CONFIG_FILE

Files = dict[str, bytes | None]
"""Content by path; None for a file that is removed."""


def ensure_readable(repository: Repository, snapshot: Snapshot, istags: Sequence[IstagName]) -> None:
    """Raise `InputError` where a file that cannot be read now declares an istag, or alone names its stream."""
    hidden = find_hidden(repository, snapshot)
    for name in istags:
        if name in snapshot.protected or name in hidden.istags:
            raise no_spec_tag(name, snapshot.declarations, {name}, "")
        problem = unread_stream(hidden, snapshot, name.stream_name)
        if problem is not None:
            raise InputError(f"{name}: {problem}")


def unread_stream(hidden: HiddenDeclarations, snapshot: Snapshot, stream: StreamName) -> str | None:
    """Why a stream without a readable declaration must not be declared anew; None where it may be."""
    file = None if stream in snapshot.declarations.streams else hidden.file_of(stream)
    return None if file is None else f"{file}, which names stream {stream}, cannot be read now. {MEND}"


def apply_edit(repository: Repository, snapshot: Snapshot, edit: TagEdit, files: Files | None = None) -> Files:
    """The files after an edit of one spec tag; `files` are those that earlier edits of the same commit changed."""
    made: Files = dict(files or {})
    path = declaring_file(snapshot.declarations, edit.stream.tag(edit.tag))
    if path is None:
        path = new_file(snapshot, edit)
        made[path] = new_stream(edit)
        return made
    data, namespace = _current(repository, snapshot, path, made)
    edited = edit_tag(data, path, edit, namespace)
    if edited != data:
        made[path] = edited
    return made


def what_stays(repository: Repository, snapshot: Snapshot, edit: TagEdit, files: Files) -> str:
    """A sentence about the fields that the edit leaves and that decide what is imported; empty where there are none."""
    path = declaring_file(snapshot.declarations, edit.stream.tag(edit.tag))
    if path is None:
        return ""
    data, namespace = _current(repository, snapshot, path, files)
    kept = kept_settings(data, path, edit, namespace)
    return f" As before: {', '.join(kept)}." if kept else ""


def apply_removal(repository: Repository, snapshot: Snapshot, name: IstagName, files: Files | None = None) -> Files:
    """The files after a spec tag is taken out. Raises `InputError` where it is not declared."""
    made: Files = dict(files or {})
    tag = snapshot.declarations.tag(name)
    if tag is None:
        ensure_readable(repository, snapshot, [name])
        advice = "`imagestream status` lists those that have one."
        raise no_spec_tag(name, snapshot.declarations, snapshot.protected, advice)
    path = tag.position.file
    data, namespace = _current(repository, snapshot, path, made)
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


def new_file(snapshot: Snapshot, edit: TagEdit) -> str:
    """The path for a stream that no file declares yet. Raises `InputError` where it cannot be used."""
    path = f"imagestreams/{edit.stream.namespace}/{edit.stream.name}.yaml"
    if path in snapshot.declarations.failed_files:
        raise InputError(f"{path}, where {edit.stream} would be declared, cannot be read now. {MEND}")
    if path in snapshot.files.entries:
        raise InputError(f"{path} exists, but declares no stream {edit.stream}. Declare it there by hand.")
    if not may_declare(path, snapshot.config):
        raise InputError(
            f"{path} is not looked at: streams in {CONFIG_FILE} leave it out. Declare {edit.stream} by hand."
        )
    return path


def read_declaring_file(repository: Repository, commit: str, config: Config, path: str) -> tuple[bytes, str]:
    """A file of a commit, and the namespace of its streams that name none."""
    return content(repository, repository.commit_files(commit), path) or b"", default_namespace(path, config)


def _current(repository: Repository, snapshot: Snapshot, path: str, made: Files) -> tuple[bytes, str]:
    known = made.get(path)
    if known is not None:
        return known, default_namespace(path, snapshot.config)
    return content(repository, snapshot.files, path) or b"", default_namespace(path, snapshot.config)
