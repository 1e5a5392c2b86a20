"""Foreign changes: what people changed since the reconciler last wrote (design 3.3).

If the branch does not contain the tip, people rewrote the branch.
"""

from __future__ import annotations

from collections.abc import Collection

from reconciler.gitstore import Repository
from reconciler.model.history import TagEvent, TagHistory
from reconciler.model.name import IstagName
from reconciler.planning.transition import Meaning, Transition, classify, classify_hold
from reconciler.planning.world import Edited, EditedHistory, EditedHold, Restorable
from reconciler.provenance.change_author import ChangeAuthors
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.image_field import find_new_fields
from reconciler.provenance.last_written import LastWritten, read_last_written
from reconciler.provenance.log import FileVersion, Log
from reconciler.provenance.parsed_file import Held, Stack
from reconciler.provenance.removed_history import find_removed
from reconciler.provenance.snapshot import declared_at
from reconciler.provenance.tip import believed_tip
from reconciler.reading.declare import FileReadings
from reconciler.reading.snapshot import Snapshot


class ForeignChanges:
    """What the reconciler last wrote on a branch, compared with one snapshot of it."""

    def __init__(self, repository: Repository, snapshot: Snapshot, branch: str | None) -> None:
        self._repository = repository
        self._snapshot = snapshot
        self._tip = believed_tip(repository, snapshot.commit, branch)
        dropped = (self._tip.commit,) if self._tip.is_rewritten and self._tip.commit else ()
        self.log = Log(repository, snapshot.commit, dropped)
        """The log below the snapshot's commit, for other readers of the same past."""

    def changes(self, readings: FileReadings | None = None) -> Edited:
        """The histories, holds and image fields that people changed since the reconciler last wrote them.

        `readings` are those of the snapshot's files, if they were kept.
        """
        last, tip = read_last_written(self._repository, self._snapshot, self._tip, self.log), self._tip
        accepted = self._accepted({*last.stacks, *last.entries}) if tip.commit is None else frozenset()
        differing = {name for name in last.names if self._differs(name, last)}
        files = last.versions
        files.load(version for name in differing for version in (*files.histories(name), *files.holds(name)))
        authors = ChangeAuthors(self.log, tip.commit, is_rewritten=tip.is_rewritten)
        tip_is_current = not (accepted or last.differs_from_tip or tip.is_rewritten) and tip.target is None
        moves = bool(accepted) or last.differs_from_tip
        return Edited(
            self._histories(differing, last, authors),
            self._holds(differing, last, authors),
            new_fields=find_new_fields(self.log, self._snapshot, tip, readings),
            accepted_as_is=accepted,
            tip_is_current=tip_is_current,
            tip_target=None if tip_is_current else tip.target or (self._unmoved() if moves else None),
            notes=self._notes(),
        )

    def restorable(self, edited: Edited) -> dict[IstagName, Restorable]:
        """Declared istags without a history for which git has one: their spec tag was removed and came back.

        `edited` is what `changes` found. A history that a rewrite of the branch removed is a roll back, even if the
        branch still has an older removal of the same file.
        """
        dropped = edited.histories if self._tip.is_rewritten else {}
        names = self._snapshot.declarations.istags
        missing = [name for name in names if not self._has_file(name) and name not in dropped]
        return find_removed(self.log, missing, self._is_removal)

    def _notes(self) -> tuple[str, ...]:
        strict = self._repository.signing is not None and self._tip.commit is None
        warning = self.log.trust.warning() if strict else None
        return (*self._tip.notes, *((warning,) if warning else ()))

    def _unmoved(self) -> str | None:
        """Where the tip goes after a change that needs no commit: to the snapshot's commit.

        With signing it stays: only the end of a signed pass is believed.
        """
        return self._snapshot.commit if self._repository.signing is None else None

    def _accepted(self, written: Collection[IstagName]) -> frozenset[IstagName]:
        """The istags with files for which nothing shows that the reconciler wrote them."""
        return frozenset({*self._snapshot.histories, *self._snapshot.holds} - {*written, *self._snapshot.unreadable})

    def _differs(self, name: IstagName, last: LastWritten) -> bool:
        if name in self._snapshot.unreadable:
            return name in last.stacks or name in last.entries
        history, hold = self._snapshot.histories.get(name), self._snapshot.holds.get(name)
        if name in last.stacks and (history.items if history else ()) != last.stacks[name]:
            return True
        return name in last.entries and (hold.held if hold else ()) != last.entries[name]

    def _histories(
        self, names: Collection[IstagName], last: LastWritten, authors: ChangeAuthors
    ) -> dict[IstagName, EditedHistory]:
        found: dict[IstagName, EditedHistory] = {}
        dropped, files = self._dropped(names), last.versions
        for name in sorted(names):
            if name not in last.stacks or self._gone_with_spec(name):
                continue
            known = {*files.ever(name), *(dropped.ever(name) if dropped else ())}
            between = {event for each in last.newer[name] for event in files.stack(name, each.change.new_oid) or ()}
            old = last.stacks[name]
            transition = classify(old, self._current_stack(name), known, between)
            if self._tip.is_rewritten and transition.meaning not in {Meaning.UNCHANGED, Meaning.DECIDED}:
                old, transition = self._rewritten_to(name, old, transition, known, files)
            if transition.meaning is not Meaning.UNCHANGED:
                commit, person = authors.of(name.history_path, files.histories(name), files.is_own)
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

    def _holds(self, names: set[IstagName], last: LastWritten, authors: ChangeAuthors) -> dict[IstagName, EditedHold]:
        found: dict[IstagName, EditedHold] = {}
        files, rewritten = last.versions, self._tip.is_rewritten
        for name in sorted(names & last.entries.keys()):
            current = self._current_entries(name)
            transition = classify_hold(last.entries[name], current, files.ever_held(name), rewritten=rewritten)
            if transition.meaning is not Meaning.UNCHANGED:
                commit, person = authors.of(name.hold_path, files.holds(name), files.is_own_hold)
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

    def _is_removal(self, versions: FileVersions, name: IstagName, version: FileVersion) -> bool:
        """Whether the file was removed together with its spec tag; to delete it alone would be a roll back."""
        recorded = versions.trailers(name, version.commit)
        if recorded is not None and recorded.cause == "removed":
            return True
        before = declared_at(self._repository, version.commit.id, self._snapshot.config)
        return before.tag(name) is None and name not in before.broken

    def _has_file(self, name: IstagName) -> bool:
        snapshot = self._snapshot
        return any(name in known for known in (snapshot.histories, snapshot.holds, snapshot.unreadable))
