"""Reading the snapshot of a commit, from the snapshot of another commit where their files are the same.

A file that cannot be loaded is reported, and it holds back only its own istags.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from reconciler.documents.read.path_filter import is_read
from reconciler.errors import DocumentError
from reconciler.gitstore import CommitFiles, FileEntry, Repository
from reconciler.model.config import Config
from reconciler.model.history import Cause, TagHistory, TagHold
from reconciler.model.image_field import ImageField
from reconciler.model.name import IstagName, istag_of_path
from reconciler.model.stream import Declarations
from reconciler.reading.committed_file import read_committed_config
from reconciler.reading.declare import FileReadings, declare_each, declare_tree
from reconciler.reading.owned_file import read_history, read_hold
from reconciler.reading.path_conflict import path_conflicts
from reconciler.reading.snapshot import Snapshot
from reconciler.reading.tree import Tree, commit_tree
from reconciler.reading.tree_declaration import ReadEarlier, TreeDeclarations, read_tree, undeclared_in
from reconciler.settings import MAX_FILE_BYTES


def read_snapshot(
    repository: Repository,
    commit: str,
    earlier: ReadEarlier,
    last: Snapshot | None = None,
    readings: FileReadings | None = None,
) -> Snapshot:
    """The snapshot of a commit. Files with the content that they have in `last` are not read again.

    `last` may be of any other commit of the repository. `readings` are kept spec files: they are used where any file
    that may declare streams differs. The result does not depend on `last` and `readings`.
    Raises `UsageError` where the repository has no `reconciler.yaml`, `InputError` where that file has errors: with a
    broken Config nothing is done and nothing changes.
    """
    files = repository.commit_files(commit)
    config = read_committed_config(repository, files)
    tree = commit_tree(repository, files)
    if last is not None and not last.tree.reads_past and config == last.config and _declares_the_same(files, last):
        declared = last.tree
    else:
        declared = read_tree(tree, config, earlier(repository, commit, config), readings)
    histories, holds, unreadable = _recorded(repository, files, last)
    unreadable |= path_conflicts(tree, declared.declarations.istags)
    protected = declared.protected | _pushed(declared, tree, histories)
    return Snapshot(files, config, declared, histories, holds, unreadable, protected)


def declared_at(repository: Repository, commit: str, config: Config, earlier: ReadEarlier) -> Declarations:
    """The declarations of a commit alone, under a given Config."""
    tree = commit_tree(repository, repository.commit_files(commit))
    return read_tree(tree, config, earlier(repository, commit, config)).declarations


def fields_at(repository: Repository, commit: str, config: Config, readings: FileReadings) -> tuple[ImageField, ...]:
    """The image fields of a commit, under a given Config. `readings` keep what was read for them."""
    beside = readings.beside()
    fields = declare_tree(commit_tree(repository, repository.commit_files(commit)), config, None, beside).fields
    readings.keep(beside)
    return fields


def declared_with(repository: Repository, snapshot: Snapshot, edited: Mapping[str, bytes | None]) -> Declarations:
    """What the files of a commit would declare if some of them had other contents, None for a file without one."""
    files = commit_tree(repository, snapshot.files).declaring(snapshot.config)
    there = ((path, edited.get(path, data)) for path, data in files)
    added = ((path, data) for path, data in sorted(edited.items()) if path not in snapshot.files.entries)
    return declare_each(itertools.chain(there, added), snapshot.config)


def unreadable_foreign(repository: Repository, snapshot: Snapshot) -> tuple[str, ...]:
    """The files that cannot be read and name none of our kinds, and those that seem damaged (`reading.lost_file`).

    They may have declared something in an earlier commit.
    """
    found: list[str] = []

    def note(path: str) -> bool:
        found.append(path)
        return False

    declare_each(commit_tree(repository, snapshot.files).declaring(snapshot.config), snapshot.config, note)
    return tuple(found)


def _pushed(declared: TreeDeclarations, tree: Tree, histories: Mapping[IstagName, TagHistory]) -> frozenset[IstagName]:
    """Istags that were pushed to streams whose files cannot be loaded now: no spec tag ever named them."""
    undeclared = undeclared_in(tree, declared.declarations)
    names = (name for name in undeclared if name.stream_name in declared.protected_streams)
    tops = ((name, histories[name].top) for name in names if name in histories)
    return frozenset(name for name, top in tops if top and (top.cause is Cause.PUSHED or top.source is None))


def _declares_the_same(files: CommitFiles, last: Snapshot) -> bool:
    """Whether no file that may declare anything differs, and the same histories are left without a spec."""
    before, after = (
        {path: entry for path, entry in each.entries.items() if is_read(path, last.config)}
        for each in (last.files, files)
    )
    if before != after or files.left_out != last.files.left_out:
        return False
    names = ({*map(istag_of_path, each.entries)} for each in (files, last.files))
    return next(names) == next(names)


def _recorded(
    repository: Repository, files: CommitFiles, last: Snapshot | None
) -> tuple[dict[IstagName, TagHistory], dict[IstagName, TagHold], dict[IstagName, str]]:
    """The histories and the holds, and why the others cannot be loaded."""
    unreadable: dict[IstagName, str] = {}
    named = {path: (name, entry) for path, entry in files.entries.items() if (name := istag_of_path(path))}
    histories, holds = _unchanged(named, last) if last else ({}, {})
    fresh = [
        (path, name, entry.oid)
        for path, (name, entry) in sorted(named.items())
        if name not in (histories if path == name.history_path else holds)
    ]
    blobs = repository.read({oid for _, _, oid in fresh}, MAX_FILE_BYTES)
    for path, name, oid in fresh:
        try:
            if path == name.history_path:
                histories[name] = read_history(blobs[oid], path, name)
            else:
                holds[name] = read_hold(blobs[oid], path, name)
        except DocumentError as error:
            unreadable[name] = f"{error} Bring the file back to what the reconciler wrote (git log -- {path})."
    return histories, holds, unreadable


def _unchanged(
    named: Mapping[str, tuple[IstagName, FileEntry]], last: Snapshot
) -> tuple[dict[IstagName, TagHistory], dict[IstagName, TagHold]]:
    """What another snapshot has of the very same contents. A file that it could not load is read again."""
    same = [(path, name) for path, (name, entry) in named.items() if last.files.entries.get(path) == entry]
    histories = {
        name: last.histories[name] for path, name in same if path == name.history_path and name in last.histories
    }
    holds = {name: last.holds[name] for path, name in same if path == name.hold_path and name in last.holds}
    return histories, holds
