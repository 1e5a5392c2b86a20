"""One change of one history or hold, with what the commits around it have: the unit that `verify` judges."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.gitstore import FileChange
from reconciler.model.name import IstagName
from reconciler.planning.trailers import RecordedChange
from reconciler.provenance.branch_walk import Step, Tree
from reconciler.provenance.parsed_file import Held, ParsedFiles, Stack

OWN_MARK = "own:"
"""Before a history's path, as a mark in a tree: the content that the reconciler last wrote or accepted."""


@dataclass(frozen=True, slots=True)
class AuditedChange:
    """One change of one file of one istag."""

    step: Step
    name: IstagName
    change: FileChange
    claimed: RecordedChange | None
    """The commit's trailers about the istag, whether they count or not."""
    vouched: bool
    parsed: ParsedFiles

    @property
    def own(self) -> RecordedChange | None:
        """The trailers, if they count."""
        return self.claimed if self.vouched else None

    @property
    def commit(self) -> str:
        """The id of the commit that made the change."""
        return self.step.commit.id

    def stacks(self) -> tuple[Stack | None, Stack | None]:
        """The events before and after a change of a history; None for a file that cannot be read."""
        return self._stack(self.change.old_oid), self._stack(self.change.new_oid)

    def entries(self) -> tuple[Held | None, Held | None]:
        """The entries before and after a change of a hold; None for a file that cannot be read."""
        old, new = (self.parsed.held(self.name, oid) for oid in (self.change.old_oid, self.change.new_oid))
        return old, new

    def events_in(self, tree: Tree) -> Stack:
        """The events of the istag in a tree; empty if its history is missing or unreadable there."""
        return self._stack(tree.get(self.name.history_path)) or ()

    def last_written(self) -> Stack:
        """The stack that the reconciler had last written or accepted on the commit's first parent."""
        return self._stack(self.step.before.get(OWN_MARK + self.name.history_path) or None) or ()

    def held_before(self) -> set[str]:
        """The identities of the images that were held on the commit's first parent."""
        held = self.parsed.held(self.name, self.step.before.get(self.name.hold_path))
        return {entry.identity for entry in held or ()}

    def history_change(self) -> FileChange | None:
        """What the same commit does to the istag's history; None if it leaves it."""
        return next((each for each in self.step.commit.files if each.path == self.name.history_path), None)

    def mark_own(self, oid: str | None) -> None:
        """Mark a content of the history as last written or accepted, for the commits above."""
        self.step.marks[OWN_MARK + self.name.history_path] = oid or ""

    def mark_history_own(self) -> None:
        """Mark the history as it is after the commit."""
        changed = self.history_change()
        self.mark_own(changed.new_oid if changed else self.step.before.get(self.name.history_path))

    def _stack(self, oid: str | None) -> Stack | None:
        return self.parsed.stack(self.name, oid)
