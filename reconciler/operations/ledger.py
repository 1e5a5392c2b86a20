"""The ledger: what the reconciler last wrote, and what people changed since (design 3.3).

The reconciler keeps `refs/imagestream/tip/<branch>` at the last commit it pushed; what it last wrote is the file there,
or in an own commit made since. Where there is no such ref, it is the newest own commit that touched the file; where
there is none either, the file is taken as it stands. If the ref is no ancestor of the branch, people rewrote it.

Where nobody but the reconciler has touched `history/` and `holds/`, all of this is one `git diff-tree`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from reconciler.gitstore import Repository
from reconciler.model.change import Person
from reconciler.model.history import HeldImage, TagHistory, TagHold
from reconciler.model.name import IstagName, istag_of_path
from reconciler.operations.record import Held, Record, Stack, Version, ever
from reconciler.operations.state import State
from reconciler.planning.transition import Meaning, classify, classify_hold
from reconciler.planning.world import Foreign, ForeignHold, Restorable
from reconciler.settings import HISTORY_DIR, HOLDS_DIR


class Ledger:
    """What the reconciler wrote, seen from one state of the repository."""

    def __init__(self, repository: Repository, state: State, branch: str | None) -> None:
        self._repository = repository
        self._state = state
        self._tip = repository.tip(branch, state.commit) if branch else None
        self._rewritten = self._tip is not None and not repository.is_ancestor(self._tip, state.commit)

    def changes(self) -> tuple[dict[IstagName, Foreign], dict[IstagName, ForeignHold]]:
        """The histories and the holds that people changed since the reconciler last wrote them."""
        at_tip = self._at_tip()
        names = set(at_tip) if self._tip is not None else set(self._candidates())
        record = Record(self._repository, self._state.commit, names)
        recent = record.since(self._tip) if self._tip is not None and not self._rewritten else None
        stacks = self._last(record, {name: _of(record.histories(name), recent) for name in names}, record.is_own)
        entries = self._last(record, {name: _of(record.holds(name), recent) for name in names}, record.is_own_hold)
        last_stacks = {name: record.stack(name, oid) or () for name, oid in stacks.items()}
        last_entries = {name: record.entries(name, oid) or () for name, oid in entries.items()}
        self._from_tip(at_tip, record, last_stacks, last_entries)
        differing = {name for name in names if self._differs(name, last_stacks, last_entries)}
        record.load(version for name in differing for version in (*record.histories(name), *record.holds(name)))
        return self._foreign(differing, last_stacks, record), self._foreign_holds(differing, last_entries, record)

    def restorable(self) -> dict[IstagName, Restorable]:
        """Declared istags without a history that git has one for: those whose spec tag was away and came back."""
        missing = [name for name in self._declared() if not self._stands(name)]
        record = Record(self._repository, self._state.commit, missing)
        removed = {
            name: versions[0]
            for name in missing
            if (versions := record.histories(name)) and versions[0].change.new_oid is None
        }
        record.load(removed.values())
        found: dict[IstagName, Restorable] = {}
        for name, version in removed.items():
            stack = record.stack(name, version.change.old_oid)
            if stack:
                hold = self._removed_hold(record, name, version)
                found[name] = Restorable(TagHistory(name, stack), version.commit.id, hold)
        return found

    # What was last written

    def _at_tip(self) -> dict[IstagName, dict[str, str | None]]:
        """The istags that differ from the tip, with the blobs of their history and hold there."""
        if self._tip is None:
            return {}
        changed = self._repository.changed_paths(self._tip, self._state.commit, [HISTORY_DIR, HOLDS_DIR])
        found: dict[IstagName, dict[str, str | None]] = {}
        for path, (old, _) in changed.items():
            name = istag_of_path(path)
            if name is not None:
                found.setdefault(name, {})[path.partition("/")[0]] = old
        return found

    def _from_tip(
        self,
        at_tip: dict[IstagName, dict[str, str | None]],
        record: Record,
        stacks: dict[IstagName, Stack],
        entries: dict[IstagName, Held],
    ) -> None:
        """Fill in what no own commit made since the tip has written again."""
        record.load_oids(oid for oids in at_tip.values() for oid in oids.values() if oid is not None)
        for name, oids in at_tip.items():
            if HISTORY_DIR in oids:
                stacks.setdefault(name, record.stack(name, oids[HISTORY_DIR]) or ())
            if HOLDS_DIR in oids:
                entries.setdefault(name, record.entries(name, oids[HOLDS_DIR]) or ())

    def _last(
        self,
        record: Record,
        versions: dict[IstagName, list[Version]],
        is_own: Callable[[IstagName, Version], bool],
    ) -> dict[IstagName, str | None]:
        """The blob that the newest own commit left (None: no file), for the istags that have such a commit."""
        found: dict[IstagName, str | None] = {}
        waiting = {name: each for name, each in versions.items() if each}
        while waiting:
            record.load(each[0] for each in waiting.values())
            for name, each in list(waiting.items()):
                version = each.pop(0)
                if is_own(name, version):
                    found[name] = version.change.new_oid
                if name in found or not each:
                    del waiting[name]
        return found

    def _candidates(self) -> Iterable[IstagName]:
        """Without a tip every istag that has a file or could have had one."""
        state = self._state
        return {*state.histories, *state.holds, *state.unreadable, *self._declared()}

    # What stands there now

    def _differs(self, name: IstagName, stacks: dict[IstagName, Stack], entries: dict[IstagName, Held]) -> bool:
        if name in self._state.unreadable:
            return name in stacks or name in entries
        history, hold = self._state.histories.get(name), self._state.holds.get(name)
        if name in stacks and (history.items if history else ()) != stacks[name]:
            return True
        return name in entries and (hold.held if hold else ()) != entries[name]

    def _foreign(
        self, names: Iterable[IstagName], stacks: dict[IstagName, Stack], record: Record
    ) -> dict[IstagName, Foreign]:
        found: dict[IstagName, Foreign] = {}
        for name in sorted(names):
            if name not in stacks or self._gone_with_spec(name):
                continue
            standing = self._standing_stack(name)
            transition = classify(stacks[name], standing, ever(record, name, stacks))
            if transition.meaning is not Meaning.UNCHANGED:
                commit, person = self._who(name, record.histories(name), record.is_own)
                found[name] = Foreign(transition, TagHistory(name, stacks[name]), commit, person)
        return found

    def _foreign_holds(
        self, names: Iterable[IstagName], entries: dict[IstagName, Held], record: Record
    ) -> dict[IstagName, ForeignHold]:
        found: dict[IstagName, ForeignHold] = {}
        for name in sorted(names):
            if name not in entries:
                continue
            written: set[HeldImage] = set()
            for version in record.holds(name):
                if record.is_own_hold(name, version):
                    written.update(record.entries(name, version.change.new_oid) or ())
            standing = self._standing_entries(name)
            transition = classify_hold(entries[name], standing, written, rewritten=self._rewritten)
            if transition.meaning is not Meaning.UNCHANGED:
                commit, person = self._who(name, record.holds(name), record.is_own_hold)
                found[name] = ForeignHold(transition, commit, person)
        return found

    def _standing_stack(self, name: IstagName) -> Stack | None:
        history = self._state.histories.get(name)
        if history is None and name.history_path in self._state.snapshot.entries:
            return None
        return history.items if history else ()

    def _standing_entries(self, name: IstagName) -> Held | None:
        hold = self._state.holds.get(name)
        if hold is None and name.hold_path in self._state.snapshot.entries:
            return None
        return hold.held if hold else ()

    def _gone_with_spec(self, name: IstagName) -> bool:
        """Whether people removed the tag, spec and all."""
        state = self._state
        declared = state.declarations.tag(name) is not None or name in state.declarations.broken or name in state.kept
        return not declared and name.history_path not in state.snapshot.entries

    def _who(
        self, name: IstagName, versions: Sequence[Version], is_own: Callable[[IstagName, Version], bool]
    ) -> tuple[str, Person]:
        """The commit that made what stands there, and its author; the branch's newest where people rewrote it."""
        newest = versions[0] if versions else None
        if newest is not None and not is_own(name, newest):
            return newest.commit.id, newest.commit.author
        head = self._repository.log(self._state.commit, limit=1, merges=True)[0]
        return head.id, head.author

    def _declared(self) -> Iterable[IstagName]:
        streams = self._state.declarations.streams.values()
        return (stream.name.tag(tag) for stream in streams for tag in stream.tags)

    def _stands(self, name: IstagName) -> bool:
        return any(name in known for known in (self._state.histories, self._state.holds, self._state.unreadable))

    def _removed_hold(self, record: Record, name: IstagName, version: Version) -> TagHold | None:
        """The hold that the removing commit took away with the history."""
        removed = next((hold for hold in record.holds(name) if hold.position == version.position), None)
        if removed is None or removed.change.new_oid is not None:
            return None
        record.load([removed])
        entries = record.entries(name, removed.change.old_oid)
        return TagHold(name, entries) if entries else None


def _of(versions: Sequence[Version], recent: set[str] | None) -> list[Version]:
    """The versions made by some commits; all where there is no telling."""
    return [version for version in versions if recent is None or version.commit.id in recent]
