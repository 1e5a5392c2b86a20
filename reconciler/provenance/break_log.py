"""Breaks: changes that no rule of history allows, and the commit that undid each of them.

A break is undone by the first later commit whose file does not show it any more, and it stays undone only if the
branch's newest commit does not show it either. A limit that cuts the wrong event off undoes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.model.name import IstagName
from reconciler.model.person import Person
from reconciler.provenance.audited_change import AuditedChange
from reconciler.provenance.branch_walk import Step
from reconciler.provenance.parsed_file import Held, ParsedFiles, Stack

Content = Stack | Held | None
"""The events or entries of a file; None if it cannot be read."""

RULES = {
    "invented": "puts an event into the stack that was never recorded: {what}",
    "reordered": "puts recorded events in an order they never had",
    "unreadable": "leaves a file that is no longer a TagHistory",
    "held": "puts an image on top that was held: {what}",
    "rolled-back": "puts an image back on top that people had taken off: {what}",
    "unsigned": "records an event as the reconciler does, without a trusted signature: {what}",
    "hold-invented": "holds an image that was never rolled back: {what}",
    "hold-unreadable": "leaves a file that is no longer a TagHold",
    "foreign-file": "changes a file that its trailers do not name: {what}",
    "foreign-change": "changes more of a file than the values that its trailers name: {what}",
    "foreign-value": "writes a value that the istag does not give: {what}",
}
"""Every rule that a change can break, with the words for what the commit does."""


@dataclass(slots=True)
class Break:
    """A change that no rule allows."""

    tag: IstagName
    commit: str
    author: Person
    rule: str
    message: str
    undone_by: str | None = None
    """The commit after which nothing of it is left."""


@dataclass(slots=True)
class _Open:
    """A break, and whether a content of its file still shows it."""

    path: str
    found: Break
    shows: Callable[[Content], bool]


class BreakLog:
    """The breaks of one walk, and which of them are undone."""

    def __init__(self, parsed: ParsedFiles) -> None:
        self.found: list[Break] = []
        """Every break, oldest first."""
        self._parsed = parsed
        self._open: list[_Open] = []

    def report(self, change: AuditedChange, rule: str, what: str, shows: Callable[[Content], bool]) -> None:
        """Add a break of a rule; `what` completes its sentence, and `shows` tells of a content whether it shows it."""
        commit = change.step.commit
        text = f"{change.name}: commit {commit.id[:12]} by {commit.author.name} {RULES[rule].format(what=what)}."
        found = Break(change.name, commit.id, commit.author, rule, text)
        self.found.append(found)
        self._open.append(_Open(change.change.path, found, shows))

    def undo(self, change: AuditedChange, content: Content) -> None:
        """Note the breaks of a file that a change leaves without a trace."""
        for each in self._waiting():
            if each.path == change.change.path and not each.shows(content):
                each.found.undone_by = change.commit

    def undo_by_merge(self, step: Step) -> None:
        """Note the breaks that a merge undoes: it takes the side that does not show them."""
        waiting = self._waiting()
        tree = step.after() if waiting else {}
        for each in waiting:
            shown = any(each.shows(self._content(each, parent.get(each.path))) for parent in step.parents)
            if shown and not each.shows(self._content(each, tree.get(each.path))):
                each.found.undone_by = step.commit.id

    def close(self, last: Step) -> None:
        """Reopen the breaks that the newest commit still shows."""
        tree = last.after()
        for each in self._open:
            if each.shows(self._content(each, tree.get(each.path))):
                each.found.undone_by = None

    def _waiting(self) -> list[_Open]:
        return [each for each in self._open if each.found.undone_by is None]

    def _content(self, each: _Open, oid: str | None) -> Content:
        name = each.found.tag
        is_history = each.path == name.history_path
        return self._parsed.stack(name, oid) if is_history else self._parsed.held(name, oid)
