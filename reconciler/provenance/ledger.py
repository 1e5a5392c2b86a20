"""The ledger: what the reconciler last wrote, and what people changed since (design 3.3).

The reconciler keeps `refs/imagestream/tip/<branch>` at the last commit it pushed; what it last wrote is the file there,
or in an own commit made since. Where there is no such ref, it is the newest own commit that touched the file; where
there is none either, the file is taken as it stands. If the ref is no ancestor of the branch, people rewrote it.

Where nobody but the reconciler has touched `history/` and `holds/`, all of this is one `git diff-tree`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from reconciler.gitstore import Repository
from reconciler.gitstore.ancestry import Ancestry
from reconciler.model.change import Person
from reconciler.model.history import HeldImage, TagEvent, TagHistory
from reconciler.model.name import IstagName, istag_of_path
from reconciler.planning.transition import Meaning, Transition, classify, classify_hold
from reconciler.planning.world import Foreign, ForeignHold, Restorable
from reconciler.provenance.record import Held, Record, Stack, Version, ever
from reconciler.provenance.removed import removed
from reconciler.provenance.state import declared_at
from reconciler.reading.state import State
from reconciler.settings import HISTORY_DIR, HOLDS_DIR


@dataclass(frozen=True, slots=True)
class Understood:
    """What people did to histories and holds since the reconciler last wrote them."""

    histories: dict[IstagName, Foreign]
    holds: dict[IstagName, ForeignHold]
    taken: frozenset[IstagName] = frozenset()
    """Istags whose files are taken as they stand: no tip and no own commit says what was last written."""
    remembered: bool = True
    """Whether the tip shows what stands there; not after people, or a command, touched a file or rewrote the branch."""


class Ledger:
    """What the reconciler wrote, seen from one state of the repository."""

    def __init__(self, repository: Repository, state: State, branch: str | None) -> None:
        self._repository = repository
        self._state = state
        self._tip = repository.tip(branch, state.commit) if branch else None
        self._rewritten = self._tip is not None and not repository.is_ancestor(self._tip, state.commit)

    def changes(self) -> Understood:
        """The histories and the holds that people changed since the reconciler last wrote them."""
        at_tip = self._at_tip()
        names = set(at_tip) if self._tip is not None else set(self._candidates())
        record = Record(self._repository, self._state.commit, names)
        recent = self._recent(record)
        histories = {name: _of(record.histories(name), recent) for name in names}
        holds = {name: _of(record.holds(name), recent) for name in names}
        stacks = self._stacks(record, at_tip, histories, self._last(record, holds, record.is_answer))
        entries = self._entries(record, at_tip, self._last(record, holds, record.is_own_hold))
        differing = {name for name in names if self._differs(name, stacks, entries)}
        record.load(version for name in differing for version in (*record.histories(name), *record.holds(name)))
        return Understood(
            self._foreign(differing, stacks, histories, record),
            self._foreign_holds(differing, entries, record),
            taken := self._taken({*stacks, *entries}) if self._tip is None else frozenset(),
            remembered=not (taken or at_tip or self._rewritten),
        )

    def restorable(self) -> dict[IstagName, Restorable]:
        """Declared istags without a history that git has one for: those whose spec tag was away and came back."""
        missing = [name for name in self._declared() if not self._stands(name)]
        return removed(self._repository, self._state.commit, missing, self._is_removal)

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

    def _recent(self, record: Record) -> set[str] | None:
        """The commits that may have written something since the tip; None without a tip: all of them.

        On a branch that people rewrote there are none: what was last written is what the tip has.
        """
        if self._tip is None:
            return None
        return set() if self._rewritten else record.since(self._tip)

    def _stacks(
        self,
        record: Record,
        at_tip: dict[IstagName, dict[str, str | None]],
        histories: dict[IstagName, list[Version]],
        answers: dict[IstagName, Version],
    ) -> dict[IstagName, Stack]:
        """The stacks that were last written, or understood: a Hold answers what people had done until then.

        `histories` keeps what is newer than that.
        """
        oids = {name: self._oid_at_tip(name.history_path, both) for name, both in at_tip.items()}
        written = self._last(record, histories, record.is_own)
        for name in {*written, *answers}:
            own, answer = written.get(name), answers.get(name)
            if answer is not None and (own is None or answer.position < own.position):
                oids[name] = self._oid_at(answer.commit.id, name.history_path)
            elif own is not None:
                oids[name] = own.change.new_oid
            base = min(version.position for version in (own, answer) if version is not None)
            histories[name] = [version for version in histories[name] if version.position < base]
        record.load_oids(oid for oid in oids.values() if oid is not None)
        return {name: record.stack(name, oid) or () for name, oid in oids.items()}

    def _entries(
        self, record: Record, at_tip: dict[IstagName, dict[str, str | None]], written: dict[IstagName, Version]
    ) -> dict[IstagName, Held]:
        """The hold entries that were last written."""
        oids = {name: self._oid_at_tip(name.hold_path, both) for name, both in at_tip.items()}
        oids |= {name: version.change.new_oid for name, version in written.items()}
        record.load_oids(oid for oid in oids.values() if oid is not None)
        return {name: record.entries(name, oid) or () for name, oid in oids.items()}

    def _oid_at_tip(self, path: str, differing: dict[str, str | None]) -> str | None:
        folder = path.partition("/")[0]
        return differing[folder] if folder in differing else self._oid(path)

    def _oid_at(self, commit: str, path: str) -> str | None:
        """The content of a file at a commit."""
        changed = self._repository.changed_paths(commit, self._state.commit, [path])
        return changed[path][0] if path in changed else self._oid(path)

    def _oid(self, path: str) -> str | None:
        entry = self._state.snapshot.entries.get(path)
        return entry.oid if entry else None

    def _last(
        self,
        record: Record,
        versions: dict[IstagName, list[Version]],
        is_own: Callable[[IstagName, Version], bool],
    ) -> dict[IstagName, Version]:
        """The newest own version, for the istags that have one."""
        found: dict[IstagName, Version] = {}
        waiting = {name: list(each) for name, each in versions.items() if each}
        while waiting:
            record.load(each[0] for each in waiting.values())
            for name, each in list(waiting.items()):
                version = each.pop(0)
                if is_own(name, version):
                    found[name] = version
                if name in found or not each:
                    del waiting[name]
        return found

    def _candidates(self) -> Iterable[IstagName]:
        """Without a tip every istag that has a file or could have had one."""
        state = self._state
        return {*state.histories, *state.holds, *state.unreadable, *self._declared()}

    # What stands there now

    def _taken(self, written: Collection[IstagName]) -> frozenset[IstagName]:
        """The istags with files of which nothing says that the reconciler wrote them."""
        return frozenset({*self._state.histories, *self._state.holds} - {*written, *self._state.unreadable})

    def _differs(self, name: IstagName, stacks: dict[IstagName, Stack], entries: dict[IstagName, Held]) -> bool:
        if name in self._state.unreadable:
            return name in stacks or name in entries
        history, hold = self._state.histories.get(name), self._state.holds.get(name)
        if name in stacks and (history.items if history else ()) != stacks[name]:
            return True
        return name in entries and (hold.held if hold else ()) != entries[name]

    def _foreign(
        self,
        names: Collection[IstagName],
        stacks: dict[IstagName, Stack],
        newer: dict[IstagName, list[Version]],
        record: Record,
    ) -> dict[IstagName, Foreign]:
        found: dict[IstagName, Foreign] = {}
        past = self._before_the_rewrite(names)
        for name in sorted(names):
            if name not in stacks or self._gone_with_spec(name):
                continue
            known = {*ever(record, name), *ever(past, name)}
            between = {event for each in newer[name] for event in record.stack(name, each.change.new_oid) or ()}
            old, transition = stacks[name], classify(stacks[name], self._standing_stack(name), known, between)
            if self._rewritten and transition.meaning not in {Meaning.UNCHANGED, Meaning.DECIDED}:
                old, transition = self._rewritten_to(name, old, transition, known, record)
            if transition.meaning is not Meaning.UNCHANGED:
                commit, person = self._who(name.history_path, record.histories(name), record.is_own)
                found[name] = Foreign(transition, TagHistory(name, old), commit, person)
        return found

    def _rewritten_to(
        self, name: IstagName, old: Stack, transition: Transition, known: Collection[TagEvent], record: Record
    ) -> tuple[Stack, Transition]:
        """What a file that has to be undone is brought back to where people rewrote the branch, and what that holds.

        Not to what the dropped part had: to take events away by a rewrite is a roll back, whatever was done to the
        file afterwards.
        """
        kept = self._last(record, {name: list(record.histories(name))}, record.is_own).get(name)
        stack = record.stack(name, kept.change.new_oid) or () if kept else ()
        back = classify(old, stack, known)
        return stack, Transition(transition.meaning, back.held, back.released)

    def _before_the_rewrite(self, names: Collection[IstagName]) -> Record:
        """What the branch had before people rewrote it."""
        past = Record(self._repository, self._tip or self._state.commit, names if self._rewritten else ())
        past.load(version for name in names for version in past.histories(name))
        return past

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
                commit, person = self._who(name.hold_path, record.holds(name), record.is_own_hold)
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
        self, path: str, versions: Sequence[Version], is_own: Callable[[IstagName, Version], bool]
    ) -> tuple[str, Person]:
        """The commit that made what stands there, and its author.

        That is the newest that changed the file, or the merge that chose between two sides; the branch's newest where
        people rewrote it and no commit is left that says so.
        """
        name = istag_of_path(path)
        mainline = Ancestry(self._repository).log(
            self._state.commit, paths=[path], limit=1, merges=True, follow_all_parents=False
        )
        for commit in (*(version.commit for version in versions[:1]), *mainline):
            own = any(version.commit.id == commit.id and name and is_own(name, version) for version in versions)
            if not own:
                return commit.id, commit.author
        head = Ancestry(self._repository).log(self._state.commit, limit=1, merges=True)[0]
        return head.id, head.author

    def _is_removal(self, record: Record, name: IstagName, version: Version) -> bool:
        """Whether the file went because its spec tag did; without one, deleting it would be a roll back."""
        said = record.said(name, version.commit)
        if said is not None and said.cause == "removed":
            return True
        before = declared_at(self._repository, version.commit.id, self._state.config)
        return before.tag(name) is None and name not in before.broken

    def _declared(self) -> Iterable[IstagName]:
        streams = self._state.declarations.streams.values()
        return (stream.name.tag(tag) for stream in streams for tag in stream.tags)

    def _stands(self, name: IstagName) -> bool:
        return any(name in known for known in (self._state.histories, self._state.holds, self._state.unreadable))


def _of(versions: Sequence[Version], recent: set[str] | None) -> list[Version]:
    """The versions made by some commits; all where there is no telling."""
    return [version for version in versions if recent is None or version.commit.id in recent]
