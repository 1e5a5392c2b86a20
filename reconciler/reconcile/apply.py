"""Apply: from a Plan to the drafts of its commits."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.documents.render.history import render_history, render_hold
from reconciler.gitstore import Draft
from reconciler.model.change import Change
from reconciler.model.config import CommitStyle
from reconciler.model.person import Person
from reconciler.model.plan import Plan
from reconciler.planning.commit import author, groups
from reconciler.planning.message import render
from reconciler.reconcile.writer import Composition


def compose(plan: Plan, style: CommitStyle, committer: Person, *, passes: bool = False) -> Composition:
    """The commits of a plan, to be built on its revision."""
    grouped = groups(plan, style.group)
    drafts = tuple(draft(changes, style, committer) for changes in grouped)
    place = {id(change): index for index, changes in enumerate(grouped) for change in changes}
    return Composition(plan, drafts, tuple(place[id(change)] for change in plan.changes), passes=passes)


def draft(changes: Sequence[Change], style: CommitStyle, committer: Person) -> Draft:
    """One commit's content: the files as they will stand, the author, the message."""
    files: dict[str, bytes | None] = {}
    for change in changes:
        if change.history is not None:
            files[change.tag.history_path] = render_history(change.history) if change.history.items else None
        if change.hold is not None:
            files[change.tag.hold_path] = render_hold(change.hold) if change.hold.held else None
    return Draft(files=files, author=author(changes, committer), message=render(changes, style))
