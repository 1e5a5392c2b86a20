"""The ledger: what the reconciler last wrote, read from git (design 3.3).

The reconciler keeps `refs/imagestream/tip/<branch>` at the last commit it pushed; the old stack of an istag is the file
there. Two cases need the log: where there is no such ref, the newest own commit that touched the file decides; and
while an istag is stopped because people changed its history, the ref stays behind, so an own commit made since then is
newer than it. A commit is own when its trailers say what its diff does; merges never are.

Where nobody but the reconciler has touched `history/`, all of this is one `git diff-tree`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.errors import DocumentError
from reconciler.gitstore import Commit, FileChange, Repository
from reconciler.model.history import TagEvent, TagHistory, TagHold
from reconciler.model.name import IstagName, istag_of_path
from reconciler.operations.recorded import read_history, read_hold
from reconciler.operations.state import State
from reconciler.planning.message import parse
from reconciler.planning.transition import Transition, classify
from reconciler.planning.world import Restorable
from reconciler.settings import HISTORY_DIR, HOLDS_DIR, MAX_FILE_BYTES

MAX_PATHS = 200
"""Above this many paths git is asked about the whole folder instead."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a history file: the commit that made it, and what it changed."""

    commit: Commit
    change: FileChange


class Ledger:
    """What the reconciler wrote, seen from one state of the repository."""

    def __init__(self, repository: Repository, state: State, branch: str | None) -> None:
        self._repository = repository
        self._state = state
        self._tip = repository.tip(branch, state.commit) if branch else None
        self._stacks: dict[tuple[IstagName, str], TagHistory | None] = {}

    def foreign(self) -> dict[IstagName, Transition]:
        """The histories that people changed since the reconciler last wrote them, and what that means."""
        written = self._written()
        differing = {name: old for name, old in written.items() if self._differs(name, old)}
        below = self._versions(differing)
        self._load(version for versions in below.values() for version in versions)
        return {name: self._classify(name, old, below[name]) for name, old in differing.items()}

    def restorable(self) -> dict[IstagName, Restorable]:
        """Declared istags without a history that git has one for: those whose spec tag was away and came back."""
        missing = [name for name in self._declared() if not self._stands(name)]
        removed = {
            name: versions[0]
            for name, versions in self._versions(missing).items()
            if versions and versions[0].change.new_oid is None
        }
        self._load(removed.values())
        found: dict[IstagName, Restorable] = {}
        for name, version in removed.items():
            history = self._stack(name, version.change.old_oid)
            if history is not None:
                found[name] = Restorable(history, version.commit.id, self._removed_hold(name, version.commit))
        return found

    # What was written

    def _written(self) -> dict[IstagName, TagHistory]:
        """The old stack of every istag that may differ from it; empty where the reconciler had left no file."""
        if self._tip is None:
            return self._newest_own(self._candidates())
        changed = self._repository.changed_paths(self._tip, self._state.commit, [HISTORY_DIR])
        names = {name: oids[0] for path, oids in changed.items() if (name := istag_of_path(path)) is not None}
        self._load_oids(names.items())
        at_tip = {name: self._stack(name, oid) or TagHistory(name) for name, oid in names.items()}
        return at_tip | self._newest_own(names, since=self._tip)

    def _candidates(self) -> list[IstagName]:
        """Without a tip every istag that has a file or could have had one."""
        state = self._state
        return sorted({*state.histories, *state.unreadable, *self._declared()})

    def _newest_own(self, names: Iterable[IstagName], since: str | None = None) -> dict[IstagName, TagHistory]:
        """The stack that the newest own commit left, for the istags that have one."""
        found: dict[IstagName, TagHistory] = {}
        waiting = {name: list(versions) for name, versions in self._versions(names, since).items() if versions}
        while waiting:
            self._load(versions[0] for versions in waiting.values())
            for name, versions in list(waiting.items()):
                version = versions.pop(0)
                if self._is_own(name, version):
                    found[name] = self._stack(name, version.change.new_oid) or TagHistory(name)
                if name in found or not versions:
                    del waiting[name]
        return found

    def _is_own(self, name: IstagName, version: Version) -> bool:
        """Whether the commit's trailers say what it did to this file; a merge is never own."""
        if len(version.commit.parents) > 1:
            return False
        said = next((recorded for recorded in parse(version.commit.message) if recorded.tag == name), None)
        done = (self._top(name, version.change.old_oid), self._top(name, version.change.new_oid))
        return said is not None and (said.previous, said.image) == done

    # What stands there now

    def _differs(self, name: IstagName, old: TagHistory) -> bool:
        state = self._state
        if name in state.unreadable:
            return True
        standing = state.histories.get(name)
        if standing is None and state.declarations.tag(name) is None:
            return False  # people removed the tag, spec and all
        return (standing.items if standing else ()) != old.items

    def _classify(self, name: IstagName, old: TagHistory, versions: Sequence[Version]) -> Transition:
        state = self._state
        standing = None if name in state.unreadable else state.histories.get(name, TagHistory(name)).items
        ever: set[TagEvent] = set()
        for version in versions:
            earlier = self._stack(name, version.change.old_oid)
            own = self._stack(name, version.change.new_oid) if self._is_own(name, version) else None
            ever.update(earlier.items if earlier else (), own.items if own else ())
        hold = state.holds.get(name)
        return classify(old.items, standing, ever, {held.identity for held in hold.held} if hold else ())

    def _declared(self) -> Iterable[IstagName]:
        streams = self._state.declarations.streams.values()
        return (stream.name.tag(tag) for stream in streams for tag in stream.tags)

    def _stands(self, name: IstagName) -> bool:
        return any(name in known for known in (self._state.histories, self._state.holds, self._state.unreadable))

    def _removed_hold(self, name: IstagName, commit: Commit) -> TagHold | None:
        """The hold that the removing commit took away with the history."""
        removed = next((change for change in commit.files if change.path == name.hold_path), None)
        if removed is None or removed.old_oid is None or removed.new_oid is not None:
            return None
        data = self._repository.read([removed.old_oid], MAX_FILE_BYTES)[removed.old_oid]
        try:
            return read_hold(data, name.hold_path, name) if data is not None else None
        except DocumentError:
            return None

    # Versions and their contents

    def _versions(self, names: Iterable[IstagName], since: str | None = None) -> dict[IstagName, list[Version]]:
        """All versions of the istags' history files, newest first, over all parents of merges."""
        found: dict[IstagName, list[Version]] = {name: [] for name in names}
        if not found:
            return {}
        paths = sorted(name.history_path for name in found)
        asked = paths if len(paths) <= MAX_PATHS else [HISTORY_DIR]
        with_holds = [*asked, *(path.replace(HISTORY_DIR, HOLDS_DIR, 1) for path in asked)]
        for commit in self._repository.log(self._state.commit, paths=with_holds, excluding=since):
            for change in commit.files:
                name = istag_of_path(change.path) if change.path.startswith(HISTORY_DIR) else None
                if name in found:
                    found[name].append(Version(commit, change))
        return found

    def _load(self, versions: Iterable[Version]) -> None:
        """Read the stacks before and after these versions, in one go."""
        wanted: set[tuple[IstagName, str | None]] = set()
        for version in versions:
            name = istag_of_path(version.change.path)
            if name is not None:
                wanted |= {(name, version.change.old_oid), (name, version.change.new_oid)}
        self._load_oids(wanted)

    def _load_oids(self, wanted: Iterable[tuple[IstagName, str | None]]) -> None:
        missing = {(name, oid) for name, oid in wanted if oid is not None and (name, oid) not in self._stacks}
        blobs = self._repository.read({oid for _, oid in missing}, MAX_FILE_BYTES)
        for name, oid in missing:
            self._stacks[name, oid] = _parsed(name, blobs[oid])

    def _stack(self, name: IstagName, oid: str | None) -> TagHistory | None:
        return self._stacks.get((name, oid)) if oid is not None else None

    def _top(self, name: IstagName, oid: str | None) -> str | None:
        history = self._stack(name, oid)
        return history.top.identity if history and history.top else None


def _parsed(name: IstagName, data: bytes | None) -> TagHistory | None:
    try:
        return read_history(data, name.history_path, name) if data is not None else None
    except DocumentError:
        return None
