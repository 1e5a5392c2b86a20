"""The state of the repository at one commit: configuration, declared streams, histories and holds.

The declared state is what is committed; the work tree is not looked at. A file that cannot be loaded is said and holds
back its own istags, nothing else.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.documents.read.path_filter import may_declare
from reconciler.errors import DocumentError, InputError, UsageError
from reconciler.gitstore import CommitFiles, FileEntry, Repository
from reconciler.model.config import Config
from reconciler.model.finding import Severity
from reconciler.model.history import Cause, TagHistory, TagHold
from reconciler.model.name import IstagName, istag_of_path
from reconciler.model.stream import Declarations
from reconciler.reading.declare import FileReadings, declare_each
from reconciler.reading.owned_file import read_config, read_history, read_hold
from reconciler.reading.path_conflict import path_conflicts
from reconciler.reading.tree import Tree, commit_tree
from reconciler.reading.tree_declaration import ReadEarlier, TreeDeclarations, read_tree, undeclared_in
from reconciler.settings import CONFIG_FILE, MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one commit says."""

    files: CommitFiles
    config: Config
    declarations: Declarations
    histories: Mapping[IstagName, TagHistory] = field(default_factory=dict)
    holds: Mapping[IstagName, TagHold] = field(default_factory=dict)
    unreadable: Mapping[IstagName, str] = field(default_factory=dict)
    """Istags whose history or hold cannot be loaded, and why."""
    protected: frozenset[IstagName] = frozenset()
    """Undeclared istags that a file which does not load now declared when it last did."""
    declared: TreeDeclarations = field(default_factory=lambda: TreeDeclarations(Declarations()))
    """What was read of the files that may declare streams."""

    @property
    def commit(self) -> str:
        """The commit that was read."""
        return self.files.commit


def read_snapshot(
    repository: Repository,
    commit: str,
    earlier: ReadEarlier,
    last: Snapshot | None = None,
    readings: FileReadings | None = None,
) -> Snapshot:
    """Read everything a pass needs from one commit; what is as it was in `last`, another one's, is not read again.

    `readings` are spec files that were read before, whatever else of the commit differs.
    Raises `UsageError` where the repository has no `reconciler.yaml`, `InputError` where that file has errors: a broken
    Config stops passes and changes nothing.
    """
    snapshot = repository.commit_files(commit)
    config = read_committed_config(repository, snapshot)
    tree = commit_tree(repository, snapshot)
    if last is not None and config == last.config and _declares_the_same(snapshot, last):
        declared = last.declared
    else:
        declared = read_tree(tree, config, earlier(repository, commit, config), readings)
    histories, holds, unreadable = _recorded(repository, snapshot, last)
    unreadable |= path_conflicts(tree, spec_tags(declared.declarations))
    protected = declared.protected | _pushed(declared, tree, histories)
    return Snapshot(snapshot, config, declared.declarations, histories, holds, unreadable, protected, declared)


def spec_tags(declarations: Declarations) -> list[IstagName]:
    """The istags whose spec tags can be used."""
    return [stream.name.tag(tag) for stream in declarations.streams.values() for tag in stream.tags]


def _pushed(declared: TreeDeclarations, tree: Tree, histories: Mapping[IstagName, TagHistory]) -> set[IstagName]:
    """Istags that were pushed to streams whose files do not load now: no spec tag ever named them."""
    names = (
        name for name in undeclared_in(tree, declared.declarations) if name.stream_name in declared.protected_streams
    )
    tops = ((name, histories[name].top) for name in names if name in histories)
    return {name for name, top in tops if top and (top.cause is Cause.PUSHED or top.source is None)}


def content(repository: Repository, snapshot: CommitFiles, path: str) -> bytes | None:
    """The bytes of one file of a commit; None where there is no such file, or one larger than what is read."""
    entry = snapshot.entries.get(path)
    return repository.read([entry.oid], MAX_FILE_BYTES)[entry.oid] if entry else None


def read_committed_config(repository: Repository, snapshot: CommitFiles) -> Config:
    """The Config of a commit; raises as `read_snapshot` says."""
    if CONFIG_FILE not in snapshot.entries:
        raise UsageError(
            f"{repository.path}: commit {snapshot.commit[:12]} has no {CONFIG_FILE}, so this is not yet a repository "
            "of image streams. Run `imagestream init` and commit what it writes."
        )
    config, findings = read_config(content(repository, snapshot, CONFIG_FILE), CONFIG_FILE)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if config is None or errors:
        first = errors[0] if errors else None
        raise InputError(f"{first or CONFIG_FILE}. Nothing is done until {CONFIG_FILE} is right.")
    return config


def declared_at(repository: Repository, commit: str, config: Config, earlier: ReadEarlier) -> Declarations:
    """Only what the streams of a commit declare, under a given configuration."""
    tree = commit_tree(repository, repository.commit_files(commit))
    return read_tree(tree, config, earlier(repository, commit, config)).declarations


def declared_with(repository: Repository, state: Snapshot, edited: Mapping[str, bytes | None]) -> Declarations:
    """What the streams of a commit would declare with other contents of some files."""
    files = commit_tree(repository, state.files).declaring(state.config)
    there = ((path, edited.get(path, data)) for path, data in files)
    added = ((path, data) for path, data in sorted(edited.items()) if path not in state.files.entries)
    return declare_each(itertools.chain(there, added), state.config)


def unreadable_foreign(repository: Repository, state: Snapshot) -> tuple[str, ...]:
    """The files that cannot be read and name none of our kinds, and those that hold what is no edit (`reading.doubt`).

    They may have declared something before.
    """
    found: list[str] = []

    def note(path: str) -> bool:
        found.append(path)
        return False

    declare_each(commit_tree(repository, state.files).declaring(state.config), state.config, note)
    return tuple(found)


def _declares_the_same(snapshot: CommitFiles, last: Snapshot) -> bool:
    """Whether no file that may declare anything differs, and the same histories are left without a spec."""
    before, after = (
        {path: entry for path, entry in each.entries.items() if may_declare(path, last.config)}
        for each in (last.files, snapshot)
    )
    if before != after or snapshot.left_out != last.files.left_out:
        return False
    names = ({*map(istag_of_path, each.entries)} for each in (snapshot, last.files))
    return next(names) == next(names)


def _recorded(
    repository: Repository, snapshot: CommitFiles, last: Snapshot | None
) -> tuple[dict[IstagName, TagHistory], dict[IstagName, TagHold], dict[IstagName, str]]:
    """The histories and holds, and what is wrong with those that cannot be loaded."""
    unreadable: dict[IstagName, str] = {}
    named = {path: (name, entry) for path, entry in snapshot.entries.items() if (name := istag_of_path(path))}
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
    """What another state read from the very same contents; what it could not read is read again."""
    same = [(path, name) for path, (name, entry) in named.items() if last.files.entries.get(path) == entry]
    histories = {
        name: last.histories[name] for path, name in same if path == name.history_path and name in last.histories
    }
    holds = {name: last.holds[name] for path, name in same if path == name.hold_path and name in last.holds}
    return histories, holds
