"""Apply: from a Plan to commits, and the commits onto the branch, here or on a remote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.documents.render import render_history, render_hold
from reconciler.gitstore import Draft, Repository
from reconciler.model.change import Change, Person, Plan
from reconciler.model.config import CommitStyle
from reconciler.planning.commit import author, groups
from reconciler.planning.message import render


class Push(StrEnum):
    """What became of the push; the word in `-o json`."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Committed:
    """The commits of a plan, built on its revision and not yet on any branch."""

    ids: tuple[str, ...]
    by_change: tuple[str, ...]
    """The commit of each change, in the plan's order."""

    @property
    def newest(self) -> str:
        """The last commit, which the branch is to be moved to."""
        return self.ids[-1]


def commit(
    repository: Repository, plan: Plan, style: CommitStyle, committer: Person, moment: datetime
) -> Committed | None:
    """Build the commits of a plan on top of its revision; None where it has no change. No branch is moved."""
    grouped = groups(plan, style.group)
    if not grouped:
        return None
    drafts = [draft(changes, style, committer) for changes in grouped]
    ids = repository.build(plan.revision, drafts, committer, moment)
    made = {id(change): commit_id for changes, commit_id in zip(grouped, ids, strict=True) for change in changes}
    return Committed(tuple(ids), tuple(made[id(change)] for change in plan.changes))


def draft(changes: Sequence[Change], style: CommitStyle, committer: Person) -> Draft:
    """One commit's content: the files as they will stand, the author, the message."""
    files: dict[str, bytes | None] = {}
    for change in changes:
        if change.writes_history:
            files[change.tag.history_path] = render_history(change.history) if change.history else None
        if change.writes_hold:
            files[change.tag.hold_path] = render_hold(change.hold) if change.hold else None
    return Draft(files=files, author=author(changes, committer), message=render(changes, style))
