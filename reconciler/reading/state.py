"""The state of the repository at one commit: configuration, declared streams, histories and holds.

The declared state is what is committed; the work tree is not looked at. A file that cannot be loaded is said and holds
back its own istags, nothing else.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.documents.find import wanted
from reconciler.errors import DocumentError, InputError, UsageError
from reconciler.gitstore import Entry, Repository, Snapshot
from reconciler.model.config import Config
from reconciler.model.finding import Finding, Position, Severity
from reconciler.model.history import TagHistory, TagHold
from reconciler.model.name import IstagName, istag_of_path
from reconciler.model.stream import Declarations
from reconciler.reading.declare import Previously, Readings, declare_each
from reconciler.reading.obstruction import obstructions
from reconciler.reading.recorded import read_config, read_history, read_hold
from reconciler.settings import CONFIG_FILE, MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class State:
    """What one commit says."""

    snapshot: Snapshot
    config: Config
    declarations: Declarations
    histories: Mapping[IstagName, TagHistory] = field(default_factory=dict)
    holds: Mapping[IstagName, TagHold] = field(default_factory=dict)
    unreadable: Mapping[IstagName, str] = field(default_factory=dict)
    """Istags whose history or hold cannot be loaded, and why."""
    kept: frozenset[IstagName] = frozenset()
    """Undeclared istags that a file which does not load now declared when it last did."""

    @property
    def commit(self) -> str:
        """The commit that was read."""
        return self.snapshot.commit


class Earlier(Protocol):
    """What files said in earlier commits, of which this room knows nothing (`provenance.lastgood`)."""

    def declared_before(self, paths: Sequence[str]) -> frozenset[str]:
        """Those of the files that declared something in an earlier version."""

    def tags(self, paths: Collection[str]) -> frozenset[IstagName]:
        """The istags that the files declared, each in its newest version that loads."""


EarlierOf = Callable[[Repository, str, Config], Earlier]
"""Makes the reader of what came before one commit."""


def read_state(
    repository: Repository,
    commit: str,
    earlier: EarlierOf,
    last: State | None = None,
    readings: Readings | None = None,
) -> State:
    """Read everything a pass needs from one commit; what is as it was in `last`, another one's, is not read again.

    `readings` are spec files that were read before, whatever else of the commit differs.
    Raises `UsageError` where the repository has no `reconciler.yaml`, `InputError` where that file has errors: a broken
    Config stops passes and changes nothing.
    """
    snapshot = repository.snapshot(commit)
    config = read_committed_config(repository, snapshot)
    if last is not None and config == last.config and _declares_the_same(snapshot, last):
        declarations, kept = last.declarations, last.kept
    else:
        declarations, kept = _declared(repository, snapshot, config, earlier, readings)
    histories, holds, unreadable = _recorded(repository, snapshot, last)
    declared = [stream.name.tag(tag) for stream in declarations.streams.values() for tag in stream.tags]
    unreadable |= obstructions(snapshot, declared)
    return State(snapshot, config, declarations, histories, holds, unreadable, kept)


def content(repository: Repository, snapshot: Snapshot, path: str) -> bytes | None:
    """The bytes of one file of a commit; None where there is no such file, or one larger than what is read."""
    entry = snapshot.entries.get(path)
    return repository.read([entry.oid], MAX_FILE_BYTES)[entry.oid] if entry else None


def read_committed_config(repository: Repository, snapshot: Snapshot) -> Config:
    """The Config of a commit; raises as `read_state` says."""
    if CONFIG_FILE not in snapshot.entries:
        raise UsageError(
            f"{repository.path}: commit {snapshot.commit[:12]} has no {CONFIG_FILE}, so this is not yet a repository "
            "of image streams. Run `imagestream init` and commit what it writes."
        )
    data = content(repository, snapshot, CONFIG_FILE)
    if data is None:
        raise InputError(f"{CONFIG_FILE} is larger than {MAX_FILE_BYTES} bytes. Nothing was done.")
    config, findings = read_config(data, CONFIG_FILE)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if config is None or errors:
        first = errors[0] if errors else None
        raise InputError(f"{first or CONFIG_FILE}. Nothing is done until {CONFIG_FILE} is right.")
    return config


def declared_at(repository: Repository, commit: str, config: Config, earlier: EarlierOf) -> Declarations:
    """Only what the streams of a commit declare, under a given configuration."""
    return _declared(repository, repository.snapshot(commit), config, earlier)[0]


def declared_with(repository: Repository, state: State, edited: Mapping[str, bytes | None]) -> Declarations:
    """What the streams of a commit would declare with other contents of some files."""
    there = ((path, edited.get(path, data)) for path, data in _files(repository, state.snapshot, state.config))
    added = ((path, data) for path, data in sorted(edited.items()) if path not in state.snapshot.entries)
    return declare_each(itertools.chain(there, added), state.config)


def _declared(
    repository: Repository, snapshot: Snapshot, config: Config, earlier: EarlierOf, readings: Readings | None = None
) -> tuple[Declarations, frozenset[IstagName]]:
    def read(previously: Previously | None = None) -> Declarations:
        return declare_each(_files(repository, snapshot, config), config, previously, readings)

    last_good = earlier(repository, snapshot.commit, config)
    declarations = _unnamed(snapshot, read())
    undeclared = _undeclared(snapshot, declarations)
    if not undeclared or snapshot.left_out:
        return declarations, undeclared if snapshot.left_out else frozenset()
    # Histories would be removed: a file that names none of our kinds now may have declared them before it broke.
    suspects: list[str] = []

    def note(path: str) -> bool:
        suspects.append(path)
        return False

    read(note)
    before = last_good.declared_before(suspects)
    if before:
        declarations = read(before.__contains__)
    return declarations, last_good.tags(declarations.failed_files)


def suspects(repository: Repository, state: State) -> tuple[str, ...]:
    """The files that name none of our kinds now and cannot be read: they may have declared something before."""
    found: list[str] = []

    def note(path: str) -> bool:
        found.append(path)
        return False

    declare_each(_files(repository, state.snapshot, state.config), state.config, note)
    return tuple(found)


def _files(repository: Repository, snapshot: Snapshot, config: Config) -> Iterator[tuple[str, bytes | None]]:
    """The files that may declare streams, in the order of their paths; read as they are taken, so never all at once."""
    entries = sorted((path, entry.oid) for path, entry in snapshot.entries.items() if wanted(path, config))
    contents = repository.read_each((oid for _, oid in entries), MAX_FILE_BYTES)
    for (path, _), (_, data) in zip(entries, contents, strict=True):
        yield path, data


def _declares_the_same(snapshot: Snapshot, last: State) -> bool:
    """Whether no file that may declare anything differs, and the same histories are left without a spec."""
    before, after = (
        {path: entry for path, entry in each.entries.items() if wanted(path, last.config)}
        for each in (last.snapshot, snapshot)
    )
    if before != after or snapshot.left_out != last.snapshot.left_out:
        return False
    return _undeclared(snapshot, last.declarations) == _undeclared(last.snapshot, last.declarations)


def _undeclared(snapshot: Snapshot, declarations: Declarations) -> frozenset[IstagName]:
    """The istags with a history or hold that no spec declares."""
    names = {name for name in map(istag_of_path, snapshot.entries) if name is not None}
    return frozenset(name for name in names if declarations.tag(name) is None and name not in declarations.broken)


def _unnamed(snapshot: Snapshot, declarations: Declarations) -> Declarations:
    """Say that files were passed over for their names; they may have declared what seems to be gone."""
    if not snapshot.left_out:
        return declarations
    text = (
        f"{snapshot.left_out} file{'' if snapshot.left_out == 1 else 's'} with a name that is not UTF-8 or has control "
        "characters cannot be looked at. Rename them; until then no history is removed."
    )
    finding = Finding(Position("."), Severity.ERROR, "unreadable", "", text)
    return dataclasses.replace(declarations, findings=(*declarations.findings, finding))


def _recorded(
    repository: Repository, snapshot: Snapshot, last: State | None
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
                histories[name] = read_history(_present(blobs[oid], path), path, name)
            else:
                holds[name] = read_hold(_present(blobs[oid], path), path, name)
        except DocumentError as error:
            unreadable[name] = f"{error} Bring the file back to what the reconciler wrote (git log -- {path})."
    return histories, holds, unreadable


def _unchanged(
    named: Mapping[str, tuple[IstagName, Entry]], last: State
) -> tuple[dict[IstagName, TagHistory], dict[IstagName, TagHold]]:
    """What another state read from the very same contents; what it could not read is read again."""
    same = [(path, name) for path, (name, entry) in named.items() if last.snapshot.entries.get(path) == entry]
    histories = {
        name: last.histories[name] for path, name in same if path == name.history_path and name in last.histories
    }
    holds = {name: last.holds[name] for path, name in same if path == name.hold_path and name in last.holds}
    return histories, holds


def _present(data: bytes | None, path: str) -> bytes:
    if data is None:
        raise DocumentError(f"the file is larger than {MAX_FILE_BYTES} bytes.", file=path)
    return data
