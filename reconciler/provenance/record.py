"""The record: every version of some istags' history and hold files, with who made it and whether it was us.

One `git log` over the files, blobs read in bulk and parsed once. A version is own when the commit's trailers say what
its diff does and the reconciler could have taken that step on its parent; a merge is never own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from reconciler.errors import DocumentError
from reconciler.gitstore import Commit, FileChange, Repository
from reconciler.gitstore.ancestry import Ancestry
from reconciler.model.history import Cause, HeldImage, TagEvent
from reconciler.model.name import IstagName, istag_of_path
from reconciler.planning.step import is_step
from reconciler.planning.trailers import Recorded, parse
from reconciler.provenance.signature import Signatures
from reconciler.reading.recorded import read_history, read_hold
from reconciler.settings import HISTORY_DIR, HOLDS_DIR, MAX_FILE_BYTES

MAX_PATHS = 200
"""Above this many paths git is asked about the whole folders instead."""

Stack = tuple[TagEvent, ...]
Held = tuple[HeldImage, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a file: the commit that made it, where that stands in the log, and what it changed."""

    position: int
    commit: Commit
    change: FileChange


class Record:
    """The versions of the files of some istags below a revision, newest first, over all parents of merges."""

    def __init__(self, repository: Repository, revision: str, names: Collection[IstagName]) -> None:
        self._repository = repository
        self._revision = revision
        self._histories: dict[IstagName, list[Version]] = {name: [] for name in names}
        self._holds: dict[IstagName, list[Version]] = {name: [] for name in names}
        self._signatures = Signatures(repository, revision)
        self._said: dict[str, tuple[Recorded, ...]] = {}
        self._blobs: dict[str, bytes | None] = {}
        self._stacks: dict[tuple[IstagName, str], Stack | None] = {}
        self._entries: dict[tuple[IstagName, str], Held | None] = {}
        self._own: dict[tuple[IstagName, str], bool] = {}
        self._paths = _paths(names)
        if names:
            self._collect()

    def histories(self, name: IstagName) -> Sequence[Version]:
        """The versions of an istag's history, newest first."""
        return self._histories.get(name, [])

    def holds(self, name: IstagName) -> Sequence[Version]:
        """The versions of an istag's hold, newest first."""
        return self._holds.get(name, [])

    def load(self, versions: Iterable[Version]) -> None:
        """Read the contents before and after these versions, and the holds that stood beside them, in one go."""
        loaded = list(versions)
        wanted: set[str] = set()
        for version in loaded:
            wanted |= _oids(version.change)
            name = istag_of_path(version.change.path)
            if name is not None:
                wanted |= {oid for each in self._beside(name, version) for oid in _oids(each.change)}
        self.load_oids(wanted)
        self._signatures.load(version.commit.id for version in loaded)

    def load_oids(self, oids: Iterable[str]) -> None:
        """Read some contents in one go; what was read before is not read again."""
        missing = {oid for oid in oids if oid not in self._blobs}
        self._blobs.update(self._repository.read(missing, MAX_FILE_BYTES))

    def stack(self, name: IstagName, oid: str | None) -> Stack | None:
        """The events of one content of a history; None where there is none or it cannot be read."""
        if oid is None:
            return None
        if (name, oid) not in self._stacks:
            self._stacks[name, oid] = _stack(name, self._blobs.get(oid))
        return self._stacks[name, oid]

    def entries(self, name: IstagName, oid: str | None) -> Held | None:
        """The entries of one content of a hold; None where there is none or it cannot be read."""
        if oid is None:
            return None
        if (name, oid) not in self._entries:
            self._entries[name, oid] = _entries(name, self._blobs.get(oid))
        return self._entries[name, oid]

    def said(self, name: IstagName, commit: Commit) -> Recorded | None:
        """What a commit's trailers say about an istag."""
        if commit.id not in self._said:
            self._said[commit.id] = self._trailers(commit)
        return next((recorded for recorded in self._said[commit.id] if recorded.tag == name), None)

    def _trailers(self, commit: Commit) -> tuple[Recorded, ...]:
        recorded = parse(commit.message) if len(commit.parents) <= 1 else ()
        return recorded if recorded and self._signatures.vouch(commit.id) else ()

    def is_own(self, name: IstagName, version: Version) -> bool:
        """Whether the reconciler, or a command of it, made this version of a history."""
        key = name, version.commit.id
        if key not in self._own:
            self._own[key] = self._is_own(name, version)
        return self._own[key]

    def _is_own(self, name: IstagName, version: Version) -> bool:
        said = self.said(name, version.commit)
        if said is None:
            return False
        before, after = (self.stack(name, oid) for oid in (version.change.old_oid, version.change.new_oid))
        if (version.change.new_oid is not None and after is None) or (before is None and version.change.old_oid):
            return said.cause == "restored" and after is not None
        if said.cause == Cause.ADOPTED and not self._is_first(name, version):
            return False
        back = said.cause == "rolled-back" and not set(after or ()) <= set(before or ())
        known = self._ever_before(name, version) if back else ()
        return is_step(said, before or (), after or (), self._held_before(name, version), known)

    def _ever_before(self, name: IstagName, version: Version) -> set[TagEvent]:
        """Every event that the reconciler had written into the file before this version."""
        older = [each for each in self._histories[name] if each.position > version.position]
        self.load(older)
        return {
            event for each in older if self.is_own(name, each) for event in self.stack(name, each.change.new_oid) or ()
        }

    def is_own_hold(self, name: IstagName, version: Version) -> bool:
        """Whether the reconciler, or a command of it, made this version of a hold."""
        said = self.said(name, version.commit)
        if said is None:
            return False
        before, after = (self.entries(name, oid) or () for oid in (version.change.old_oid, version.change.new_oid))
        if said.cause in {"removed", "restored"}:
            return True
        return said.describes_hold(before, after)

    def is_answer(self, name: IstagName, version: Version) -> bool:
        """Whether this version of a hold is the reconciler's answer to what people had done to the stack until then."""
        said = self.said(name, version.commit)
        answers = said is not None and (said.cause == "rolled-back" or said.image != said.previous)
        return answers and self.is_own_hold(name, version)

    def since(self, commit: str) -> set[str]:
        """The ids of the commits among them that another commit does not have."""
        if not self._histories:
            return set()
        newer = Ancestry(self._repository).log(self._revision, paths=self._paths, merges=True, excluding=commit)
        return {each.id for each in newer}

    def _collect(self) -> None:
        for position, commit in enumerate(
            Ancestry(self._repository).log(self._revision, paths=self._paths, merges=True)
        ):
            for change in commit.files:
                name = istag_of_path(change.path)
                kept = self._histories if change.path.startswith(f"{HISTORY_DIR}/") else self._holds
                if name in kept:
                    kept[name].append(Version(position, commit, change))

    def _beside(self, name: IstagName, version: Version) -> Sequence[Version]:
        """The version of the hold that the commit changed, or that stood when it was made."""
        return [hold for hold in self._holds.get(name, ()) if hold.position >= version.position][:1]

    def _is_first(self, name: IstagName, version: Version) -> bool:
        """Whether the history had no other content before."""
        older = (each for each in self._histories.get(name, ()) if each.position > version.position)
        return all(each.change.new_oid == version.change.new_oid for each in older)

    def _held_before(self, name: IstagName, version: Version) -> set[str]:
        """What was held on the commit's parent."""
        for hold in self._beside(name, version):
            same = hold.position == version.position
            entries = self.entries(name, hold.change.old_oid if same else hold.change.new_oid)
            return {entry.identity for entry in entries or ()}
        return set()


def _paths(names: Collection[IstagName]) -> list[str]:
    paths = [path for name in sorted(names) for path in (name.history_path, name.hold_path)]
    return paths if len(paths) <= MAX_PATHS else [HISTORY_DIR, HOLDS_DIR]


def _oids(change: FileChange) -> set[str]:
    return {oid for oid in (change.old_oid, change.new_oid) if oid is not None}


def _stack(name: IstagName, data: bytes | None) -> Stack | None:
    try:
        return read_history(data, name.history_path, name).items if data is not None else None
    except DocumentError:
        return None


def _entries(name: IstagName, data: bytes | None) -> Held | None:
    try:
        return read_hold(data, name.hold_path, name).held if data is not None else None
    except DocumentError:
        return None


def ever(record: Record, name: IstagName) -> set[TagEvent]:
    """Every event that the reconciler wrote into this file in any version."""
    events: set[TagEvent] = set()
    for version in record.histories(name):
        if record.is_own(name, version):
            events.update(record.stack(name, version.change.new_oid) or ())
    return events
