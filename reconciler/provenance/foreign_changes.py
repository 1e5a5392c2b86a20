"""Foreign changes: what the reconciler last wrote, and what people changed since (design 3.3).

What the reconciler last wrote in a file is, in this order:

1. the content at `refs/imagestream/tip/<branch>`, the last commit that it pushed, or in an own commit above it
   (`tip` decides whether that reference is believed);
2. the content in the newest own commit that changed the file;
3. the content before the branch's beginning;
4. on a branch without a beginning, the current content.

If the branch does not contain the tip, people rewrote the branch. If only the reconciler has changed `history/` and
`holds/`, all of this is one `git diff-tree`.
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
    """What the reconciler last wrote on a branch, compared with one snapshot of it."""

    def __init__(self, repository: Repository, snapshot: Snapshot, branch: str | None) -> None:
        self._repository = repository
        self._snapshot = snapshot
        self._tip = believed_tip(repository, snapshot.commit, branch)
        dropped = (self._tip.commit,) if self._tip.is_rewritten and self._tip.commit else ()
        self.log = Log(repository, snapshot.commit, dropped)
        """The log below the snapshot's commit, for other readers of the same past."""

    def changes(self) -> Edited:
        """The histories and the holds that people changed since the reconciler last wrote them."""
        at_tip = self._at_tip()
        names = set(at_tip) if self._tip.commit is not None else set(self._candidates())
        versions = FileVersions(self.log, names)
        since = self._since(at_tip)
        newer = {name: _made_by(versions.histories(name), since) for name in names}
        holds = {name: _made_by(versions.holds(name), since) for name in names}
        stacks = self._stacks(versions, at_tip, newer, versions.newest(holds, versions.is_answer))
        entries = self._entries(versions, at_tip, versions.newest(holds, versions.is_own_hold))
        taken = self._taken({*stacks, *entries}) if self._tip.commit is None else frozenset()
        differing = {name for name in names if self._differs(name, stacks, entries)}
        versions.load(version for name in differing for version in (*versions.histories(name), *versions.holds(name)))
        authors = ChangeAuthors(self.log, self._tip.commit, is_rewritten=self._tip.is_rewritten)
        remembered = not (taken or at_tip or self._tip.is_rewritten) and self._tip.target is None
        return Edited(
            self._foreign(differing, stacks, newer, versions, authors),
            self._foreign_holds(differing, entries, versions, authors),
            taken,
            remembered,
            tip_target=None if remembered else self._tip.target or self._unmoved(at_tip, taken),
            notes=self._notes(),
        )

    def restorable(self) -> dict[IstagName, Restorable]:
        """Declared istags without a history for which git has one: their spec tag was removed and came back."""
        missing = [name for name in self._snapshot.declarations.istags if not self._has_file(name)]
        return find_removed(self.log, missing, self._is_removal)

    def _notes(self) -> tuple[str, ...]:
        strict = self._repository.signing is not None and self._tip.commit is None
        warning = self.log.trust.warning() if strict else None
        return (*self._tip.notes, *((warning,) if warning else ()))

    def _unmoved(self, at_tip: Collection[IstagName], taken: Collection[IstagName]) -> str | None:
        """Where the tip goes after a change that needs no commit: to the snapshot's commit.

        With signing it stays: only the end of a signed pass is believed.
        """
        return self._snapshot.commit if (at_tip or taken) and self._repository.signing is None else None

    # What was last written

    def _at_tip(self) -> dict[IstagName, dict[str, str | None]]:
        """The istags that differ from the tip, with the blobs of their history and hold there."""
        if self._tip.commit is None:
            return {}
        changed = self._repository.changed_paths(self._tip.commit, self._snapshot.commit, [HISTORY_DIR, HOLDS_DIR])
        found: dict[IstagName, dict[str, str | None]] = {}
        for path, (old, _) in changed.items():
            name = istag_of_path(path)
            if name is not None:
                found.setdefault(name, {})[path.partition("/")[0]] = old
        return found

    def _since(self, at_tip: Collection[IstagName]) -> frozenset[str] | None:
        """The commits that the tip does not contain; None without a tip: all commits count.

        There are none on a branch that people rewrote: there the tip has what was last written.
        """
        if self._tip.commit is None:
            return None
        if self._tip.is_rewritten or not at_tip:
            return frozenset()
        folders = [HISTORY_DIR, HOLDS_DIR]
        newer = self.log.ancestry.log(self._snapshot.commit, paths=folders, merges=True, excluding=self._tip.commit)
        return frozenset(each.id for each in newer)

    def _stacks(
        self,
        versions: FileVersions,
        at_tip: Mapping[IstagName, Mapping[str, str | None]],
        newer: dict[IstagName, list[Version]],
        answers: Mapping[IstagName, Version],
    ) -> dict[IstagName, Stack]:
        """The stacks as the reconciler last wrote them, or last accepted them by a Hold commit.

        `newer` is reduced to the versions above those.
        """
        oids = {name: self._oid_at_tip(name.history_path, both) for name, both in at_tip.items()}
        written = versions.newest(newer, versions.is_own)
        for name in {*written, *answers}:
            own, answer = written.get(name), answers.get(name)
            if answer is not None and (own is None or answer.position < own.position):
                oids[name] = self._oid_at(answer.commit.id, name.history_path)
            elif own is not None:
                oids[name] = own.change.new_oid
            base = min(version.position for version in (own, answer) if version is not None)
            newer[name] = [version for version in newer[name] if version.position < base]
        self.log.parsed.load_blobs((name.history_path, oid) for name, oid in oids.items())
        found = {name: versions.stack(name, oid) or () for name, oid in oids.items()}
        return {**{name: versions.baseline_stack(name) for name in self._unwritten(found)}, **found}

    def _entries(
        self,
        versions: FileVersions,
        at_tip: Mapping[IstagName, Mapping[str, str | None]],
        written: Mapping[IstagName, Version],
    ) -> dict[IstagName, Held]:
        """The hold entries that were last written."""
        oids = {name: self._oid_at_tip(name.hold_path, both) for name, both in at_tip.items()}
        oids |= {name: version.change.new_oid for name, version in written.items()}
        self.log.parsed.load_blobs((name.hold_path, oid) for name, oid in oids.items())
        found = {name: versions.entries(name, oid) or () for name, oid in oids.items()}
        return {**{name: versions.baseline_held(name) for name in self._unwritten(found)}, **found}

    def _oid_at_tip(self, path: str, differing: Mapping[str, str | None]) -> str | None:
        folder = path.partition("/")[0]
        return differing[folder] if folder in differing else self._oid(path)

    def _oid_at(self, commit: str, path: str) -> str | None:
        """The content of a file at a commit."""
        changed = self._repository.changed_paths(commit, self._snapshot.commit, [path])
        return changed[path][0] if path in changed else self._oid(path)

    def _oid(self, path: str) -> str | None:
        entry = self._snapshot.files.entries.get(path)
        return entry.oid if entry else None

    def _unwritten(self, known: Collection[IstagName]) -> set[IstagName]:
        """The istags for which no commit shows what was last written: the content before the beginning counts."""
        nowhere = self._tip.commit is None and self.log.trust.has_begun
        return set(self._candidates()) - set(known) if nowhere else set()

    def _candidates(self) -> Iterable[IstagName]:
        """Every istag that has a file or could have had one; needed without a tip."""
        snapshot = self._snapshot
        return {*snapshot.histories, *snapshot.holds, *snapshot.unreadable, *snapshot.declarations.istags}

    # The current files

    def _taken(self, written: Collection[IstagName]) -> frozenset[IstagName]:
        """The istags with files for which nothing shows that the reconciler wrote them."""
        return frozenset({*self._snapshot.histories, *self._snapshot.holds} - {*written, *self._snapshot.unreadable})

    def _differs(self, name: IstagName, stacks: Mapping[IstagName, Stack], entries: Mapping[IstagName, Held]) -> bool:
        if name in self._snapshot.unreadable:
            return name in stacks or name in entries
        history, hold = self._snapshot.histories.get(name), self._snapshot.holds.get(name)
        if name in stacks and (history.items if history else ()) != stacks[name]:
            return True
        return name in entries and (hold.held if hold else ()) != entries[name]

    def _foreign(
        self,
        names: Collection[IstagName],
        stacks: Mapping[IstagName, Stack],
        newer: _Versions,
        versions: FileVersions,
        authors: ChangeAuthors,
    ) -> dict[IstagName, EditedHistory]:
        found: dict[IstagName, EditedHistory] = {}
        dropped = self._dropped(names)
        for name in sorted(names):
            if name not in stacks or self._gone_with_spec(name):
                continue
            known = {*versions.ever(name), *(dropped.ever(name) if dropped else ())}
            between = {event for each in newer[name] for event in versions.stack(name, each.change.new_oid) or ()}
            old, transition = stacks[name], classify(stacks[name], self._current_stack(name), known, between)
            if self._tip.is_rewritten and transition.meaning not in {Meaning.UNCHANGED, Meaning.DECIDED}:
                old, transition = self._rewritten_to(name, old, transition, known, versions)
            if transition.meaning is not Meaning.UNCHANGED:
                commit, person = authors.of(name.history_path, versions.histories(name), versions.is_own)
                found[name] = EditedHistory(transition, TagHistory(name, old), commit, person)
        return found

    def _rewritten_to(
        self, name: IstagName, old: Stack, transition: Transition, known: Collection[TagEvent], versions: FileVersions
    ) -> tuple[Stack, Transition]:
        """The stack that an edited file is brought back to on a rewritten branch, and the images that this holds.

        It is the newest version on the branch that a person may decide on, or the last written one. A rewrite that
        removes events is a roll back, whatever was done to the file later; a rebase that copies events removes none.
        """
        stacks = (versions.stack(name, version.change.new_oid) for version in versions.histories(name))
        for stack in (*stacks, versions.baseline_stack(name)):
            back = classify(old, stack, known)
            if stack is not None and back.meaning in {Meaning.UNCHANGED, Meaning.DECIDED}:
                return stack, Transition(transition.meaning, back.held, back.released)
        return old, transition

    def _dropped(self, names: Collection[IstagName]) -> FileVersions | None:
        """What the branch had before people rewrote it; None if it was not rewritten."""
        if not self._tip.is_rewritten or self._tip.commit is None:
            return None
        return FileVersions(Log(self._repository, self._tip.commit), names)

    def _foreign_holds(
        self,
        names: Iterable[IstagName],
        entries: Mapping[IstagName, Held],
        versions: FileVersions,
        authors: ChangeAuthors,
    ) -> dict[IstagName, EditedHold]:
        found: dict[IstagName, EditedHold] = {}
        for name in sorted(names):
            if name not in entries:
                continue
            current, rewritten = self._current_entries(name), self._tip.is_rewritten
            transition = classify_hold(entries[name], current, versions.ever_held(name), rewritten=rewritten)
            if transition.meaning is not Meaning.UNCHANGED:
                commit, person = authors.of(name.hold_path, versions.holds(name), versions.is_own_hold)
                found[name] = EditedHold(transition, commit, person)
        return found

    def _current_stack(self, name: IstagName) -> Stack | None:
        history = self._snapshot.histories.get(name)
        if history is None and name.history_path in self._snapshot.files.entries:
            return None
        return history.items if history else ()

    def _current_entries(self, name: IstagName) -> Held | None:
        hold = self._snapshot.holds.get(name)
        if hold is None and name.hold_path in self._snapshot.files.entries:
            return None
        return hold.held if hold else ()

    def _gone_with_spec(self, name: IstagName) -> bool:
        """Whether people removed both the spec tag and the history."""
        snapshot = self._snapshot
        declarations = snapshot.declarations
        kept = declarations.tag(name) is not None or name in declarations.broken or name in snapshot.protected
        return not kept and name.history_path not in snapshot.files.entries

    def _is_removal(self, versions: FileVersions, name: IstagName, version: Version) -> bool:
        """Whether the file was removed together with its spec tag; to delete it alone would be a roll back."""
        recorded = versions.trailers(name, version.commit)
        if recorded is not None and recorded.cause == "removed":
            return True
        before = declared_at(self._repository, version.commit.id, self._snapshot.config)
        return before.tag(name) is None and name not in before.broken

    def _has_file(self, name: IstagName) -> bool:
        snapshot = self._snapshot
        return any(name in known for known in (snapshot.histories, snapshot.holds, snapshot.unreadable))


def _made_by(versions: Sequence[Version], commits: frozenset[str] | None) -> list[Version]:
    """The versions that some commits made; all versions for None."""
    return [version for version in versions if commits is None or version.commit.id in commits]
