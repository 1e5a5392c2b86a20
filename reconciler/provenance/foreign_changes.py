"""The ledger: what the reconciler last wrote, and what people changed since (design 3.3).

The reconciler keeps `refs/imagestream/tip/<branch>` at the last commit it pushed; what it last wrote is the file there,
or in an own commit made since (`tip` says when that reference is believed). Where there is none, it is the newest own
commit that touched the file; where there is none either, what stood there before the branch's beginning; and on a
branch without one the file is taken as it stands. If the branch does not have the tip, people rewrote it.

Where nobody but the reconciler has touched `history/` and `holds/`, all of this is one `git diff-tree`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from reconciler.gitstore import Repository
from reconciler.model.history import TagEvent, TagHistory
from reconciler.model.name import IstagName, istag_of_path
from reconciler.planning.transition import Meaning, Transition, classify, classify_hold
from reconciler.planning.world import Edited, EditedHistory, EditedHold, Restorable
from reconciler.provenance.change_author import ChangeAuthors
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.log import Log, Version
from reconciler.provenance.parsed_file import Held, Stack
from reconciler.provenance.removed_history import find_removed
from reconciler.provenance.snapshot import declared_at
from reconciler.provenance.tip import believed_tip
from reconciler.reading.snapshot import Snapshot
from reconciler.settings import HISTORY_DIR, HOLDS_DIR

_Versions = Mapping[IstagName, Sequence[Version]]


class ForeignChanges:
    """What the reconciler wrote, seen from one state of the repository."""

    def __init__(self, repository: Repository, state: Snapshot, branch: str | None) -> None:
        self._repository = repository
        self._state = state
        self._tip = believed_tip(repository, state.commit, branch)
        dropped = (self._tip.commit,) if self._tip.is_rewritten and self._tip.commit else ()
        self.log = Log(repository, state.commit, dropped)
        """The past of the state's commit, for whoever asks more of it."""

    def changes(self) -> Edited:
        """The histories and the holds that people changed since the reconciler last wrote them."""
        at_tip = self._at_tip()
        names = set(at_tip) if self._tip.commit is not None else set(self._candidates())
        record = FileVersions(self.log, names)
        since = self._since(at_tip)
        newer = {name: _made_by(record.histories(name), since) for name in names}
        holds = {name: _made_by(record.holds(name), since) for name in names}
        stacks = self._stacks(record, at_tip, newer, record.newest(holds, record.is_answer))
        entries = self._entries(record, at_tip, record.newest(holds, record.is_own_hold))
        taken = self._taken({*stacks, *entries}) if self._tip.commit is None else frozenset()
        differing = {name for name in names if self._differs(name, stacks, entries)}
        record.load(version for name in differing for version in (*record.histories(name), *record.holds(name)))
        authors = ChangeAuthors(self.log, self._tip.commit, is_rewritten=self._tip.is_rewritten)
        remembered = not (taken or at_tip or self._tip.is_rewritten) and self._tip.target is None
        return Edited(
            self._foreign(differing, stacks, newer, record, authors),
            self._foreign_holds(differing, entries, record, authors),
            taken,
            remembered,
            tip_target=None if remembered else self._tip.target or self._unmoved(at_tip, taken),
            notes=self._notes(),
        )

    def restorable(self) -> dict[IstagName, Restorable]:
        """Declared istags without a history that git has one for: those whose spec tag was away and came back."""
        missing = [name for name in self._declared() if not self._stands(name)]
        return find_removed(self.log, missing, self._is_removal)

    def _notes(self) -> tuple[str, ...]:
        strict = self._repository.signing is not None and self._tip.commit is None
        warning = self.log.trust.warning() if strict else None
        return (*self._tip.notes, *((warning,) if warning else ()))

    def _unmoved(self, at_tip: Collection[IstagName], taken: Collection[IstagName]) -> str | None:
        """Where the tip goes once a change that moves nothing was understood: to what was looked at.

        With signing it stays: only the end of a signed pass is believed.
        """
        return self._state.commit if (at_tip or taken) and self._repository.signing is None else None

    # What was last written

    def _at_tip(self) -> dict[IstagName, dict[str, str | None]]:
        """The istags that differ from the tip, with the blobs of their history and hold there."""
        if self._tip.commit is None:
            return {}
        changed = self._repository.changed_paths(self._tip.commit, self._state.commit, [HISTORY_DIR, HOLDS_DIR])
        found: dict[IstagName, dict[str, str | None]] = {}
        for path, (old, _) in changed.items():
            name = istag_of_path(path)
            if name is not None:
                found.setdefault(name, {})[path.partition("/")[0]] = old
        return found

    def _since(self, at_tip: Collection[IstagName]) -> frozenset[str] | None:
        """The commits that the tip does not have; None without a tip: all of them count.

        On a branch that people rewrote there are none: what was last written is what the tip has.
        """
        if self._tip.commit is None:
            return None
        if self._tip.is_rewritten or not at_tip:
            return frozenset()
        folders = [HISTORY_DIR, HOLDS_DIR]
        newer = self.log.ancestry.log(self._state.commit, paths=folders, merges=True, excluding=self._tip.commit)
        return frozenset(each.id for each in newer)

    def _stacks(
        self,
        record: FileVersions,
        at_tip: Mapping[IstagName, Mapping[str, str | None]],
        newer: dict[IstagName, list[Version]],
        answers: Mapping[IstagName, Version],
    ) -> dict[IstagName, Stack]:
        """The stacks that were last written, or understood: a Hold answers what people had done until then.

        `newer` keeps what is newer than that.
        """
        oids = {name: self._oid_at_tip(name.history_path, both) for name, both in at_tip.items()}
        written = record.newest(newer, record.is_own)
        for name in {*written, *answers}:
            own, answer = written.get(name), answers.get(name)
            if answer is not None and (own is None or answer.position < own.position):
                oids[name] = self._oid_at(answer.commit.id, name.history_path)
            elif own is not None:
                oids[name] = own.change.new_oid
            base = min(version.position for version in (own, answer) if version is not None)
            newer[name] = [version for version in newer[name] if version.position < base]
        self.log.parsed.load_blobs((name.history_path, oid) for name, oid in oids.items())
        found = {name: record.stack(name, oid) or () for name, oid in oids.items()}
        return {**{name: record.taken(name) for name in self._unwritten(found)}, **found}

    def _entries(
        self,
        record: FileVersions,
        at_tip: Mapping[IstagName, Mapping[str, str | None]],
        written: Mapping[IstagName, Version],
    ) -> dict[IstagName, Held]:
        """The hold entries that were last written."""
        oids = {name: self._oid_at_tip(name.hold_path, both) for name, both in at_tip.items()}
        oids |= {name: version.change.new_oid for name, version in written.items()}
        self.log.parsed.load_blobs((name.hold_path, oid) for name, oid in oids.items())
        found = {name: record.entries(name, oid) or () for name, oid in oids.items()}
        return {**{name: record.taken_held(name) for name in self._unwritten(found)}, **found}

    def _oid_at_tip(self, path: str, differing: Mapping[str, str | None]) -> str | None:
        folder = path.partition("/")[0]
        return differing[folder] if folder in differing else self._oid(path)

    def _oid_at(self, commit: str, path: str) -> str | None:
        """The content of a file at a commit."""
        changed = self._repository.changed_paths(commit, self._state.commit, [path])
        return changed[path][0] if path in changed else self._oid(path)

    def _oid(self, path: str) -> str | None:
        entry = self._state.files.entries.get(path)
        return entry.oid if entry else None

    def _unwritten(self, known: Collection[IstagName]) -> set[IstagName]:
        """The istags of which no commit says what was last written: what stood before the beginning counts."""
        nowhere = self._tip.commit is None and self.log.trust.has_begun
        return set(self._candidates()) - set(known) if nowhere else set()

    def _candidates(self) -> Iterable[IstagName]:
        """Without a tip every istag that has a file or could have had one."""
        state = self._state
        return {*state.histories, *state.holds, *state.unreadable, *self._declared()}

    # What stands there now

    def _taken(self, written: Collection[IstagName]) -> frozenset[IstagName]:
        """The istags with files of which nothing says that the reconciler wrote them."""
        return frozenset({*self._state.histories, *self._state.holds} - {*written, *self._state.unreadable})

    def _differs(self, name: IstagName, stacks: Mapping[IstagName, Stack], entries: Mapping[IstagName, Held]) -> bool:
        if name in self._state.unreadable:
            return name in stacks or name in entries
        history, hold = self._state.histories.get(name), self._state.holds.get(name)
        if name in stacks and (history.items if history else ()) != stacks[name]:
            return True
        return name in entries and (hold.held if hold else ()) != entries[name]

    def _foreign(
        self,
        names: Collection[IstagName],
        stacks: Mapping[IstagName, Stack],
        newer: _Versions,
        record: FileVersions,
        authors: ChangeAuthors,
    ) -> dict[IstagName, EditedHistory]:
        found: dict[IstagName, EditedHistory] = {}
        dropped = self._dropped(names)
        for name in sorted(names):
            if name not in stacks or self._gone_with_spec(name):
                continue
            known = {*record.ever(name), *(dropped.ever(name) if dropped else ())}
            between = {event for each in newer[name] for event in record.stack(name, each.change.new_oid) or ()}
            old, transition = stacks[name], classify(stacks[name], self._standing_stack(name), known, between)
            if self._tip.is_rewritten and transition.meaning not in {Meaning.UNCHANGED, Meaning.DECIDED}:
                old, transition = self._rewritten_to(name, old, transition, known, record)
            if transition.meaning is not Meaning.UNCHANGED:
                commit, person = authors.of(name.history_path, record.histories(name), record.is_own)
                found[name] = EditedHistory(transition, TagHistory(name, old), commit, person)
        return found

    def _rewritten_to(
        self, name: IstagName, old: Stack, transition: Transition, known: Collection[TagEvent], record: FileVersions
    ) -> tuple[Stack, Transition]:
        """What a file that has to be undone is brought back to where people rewrote the branch, and what that holds.

        To the newest version that the branch has and that is a person's decision, or none: to take events away by a
        rewrite is a roll back, whatever was done to the file afterwards; a rebase that copies them takes none away.
        """
        stacks = (record.stack(name, version.change.new_oid) for version in record.histories(name))
        for stack in (*stacks, record.taken(name)):
            back = classify(old, stack, known)
            if stack is not None and back.meaning in {Meaning.UNCHANGED, Meaning.DECIDED}:
                return stack, Transition(transition.meaning, back.held, back.released)
        return old, transition

    def _dropped(self, names: Collection[IstagName]) -> FileVersions | None:
        """What the branch had before people rewrote it; None where nobody did."""
        if not self._tip.is_rewritten or self._tip.commit is None:
            return None
        return FileVersions(Log(self._repository, self._tip.commit), names)

    def _foreign_holds(
        self,
        names: Iterable[IstagName],
        entries: Mapping[IstagName, Held],
        record: FileVersions,
        authors: ChangeAuthors,
    ) -> dict[IstagName, EditedHold]:
        found: dict[IstagName, EditedHold] = {}
        for name in sorted(names):
            if name not in entries:
                continue
            standing, rewritten = self._standing_entries(name), self._tip.is_rewritten
            transition = classify_hold(entries[name], standing, record.ever_held(name), rewritten=rewritten)
            if transition.meaning is not Meaning.UNCHANGED:
                commit, person = authors.of(name.hold_path, record.holds(name), record.is_own_hold)
                found[name] = EditedHold(transition, commit, person)
        return found

    def _standing_stack(self, name: IstagName) -> Stack | None:
        history = self._state.histories.get(name)
        if history is None and name.history_path in self._state.files.entries:
            return None
        return history.items if history else ()

    def _standing_entries(self, name: IstagName) -> Held | None:
        hold = self._state.holds.get(name)
        if hold is None and name.hold_path in self._state.files.entries:
            return None
        return hold.held if hold else ()

    def _gone_with_spec(self, name: IstagName) -> bool:
        """Whether people removed the tag, spec and all."""
        state = self._state
        declared = (
            state.declarations.tag(name) is not None or name in state.declarations.broken or name in state.protected
        )
        return not declared and name.history_path not in state.files.entries

    def _is_removal(self, record: FileVersions, name: IstagName, version: Version) -> bool:
        """Whether the file went because its spec tag did; without one, deleting it would be a roll back."""
        said = record.trailers(name, version.commit)
        if said is not None and said.cause == "removed":
            return True
        before = declared_at(self._repository, version.commit.id, self._state.config)
        return before.tag(name) is None and name not in before.broken

    def _declared(self) -> Iterable[IstagName]:
        streams = self._state.declarations.streams.values()
        return (stream.name.tag(tag) for stream in streams for tag in stream.tags)

    def _stands(self, name: IstagName) -> bool:
        return any(name in known for known in (self._state.histories, self._state.holds, self._state.unreadable))


def _made_by(versions: Sequence[Version], commits: frozenset[str] | None) -> list[Version]:
    """The versions that some commits made; all for None."""
    return [version for version in versions if commits is None or version.commit.id in commits]
