"""Apply: from a Plan to the drafts of its commits."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from reconciler.documents.render.history import render_history, render_hold
from reconciler.gitstore import Draft
from reconciler.model.change import Change
from reconciler.model.config import CommitStyle
from reconciler.model.observation import Failure, Reason
from reconciler.model.person import Person
from reconciler.model.plan import Plan
from reconciler.planning.commit import author, groups
from reconciler.planning.message import render
from reconciler.planning.subject import Subjects
from reconciler.planning.world import World
from reconciler.reconcile.field_edit import EditedFiles
from reconciler.reconcile.pass_note import pass_notes, roll_back_notes
from reconciler.reconcile.writer import Composition


def apply(
    planned: Plan, subjects: Subjects, files: EditedFiles, committer: Person, confirm: Callable[[Plan], bool] | None
) -> Composition:
    """The commits of a pass, to be built on its revision, with notes for a person.

    `files` are those of the revision. `confirm` is called before the first commits in a repository.
    """
    world, scope, plan = subjects.world, subjects.scope, files.feasible(planned)
    notes = pass_notes(plan, world, scope)
    if not plan.changes:
        return Composition(
            plan, notes=notes, tip=world.edited.tip_target, registries_unreachable=_registries_unreachable(world)
        )
    if confirm is not None and not world.record.histories and not confirm(plan):
        return Composition(plan, notes=("Nothing was written.",))
    composed = compose(plan, world.spec.config.commit, committer, files)
    return dataclasses.replace(composed, notes=(*notes, *roll_back_notes(plan, world)))


def compose(plan: Plan, style: CommitStyle, committer: Person, files: EditedFiles) -> Composition:
    """The commits of a pass whose edits are feasible, to be built on its revision."""
    grouped = groups(plan, style.group)
    drafts = tuple(draft(changes, style, committer, files) for changes in grouped)
    place = {id(change): index for index, changes in enumerate(grouped) for change in changes}
    return Composition(plan, drafts, tuple(place[id(change)] for change in plan.changes), passes=True)


def draft(
    changes: Sequence[Change], style: CommitStyle, committer: Person, workloads: EditedFiles | None = None
) -> Draft:
    """One commit: its files afterwards, its author and its message. `workloads` are needed for changes with edits."""
    files: dict[str, bytes | None] = {}
    if workloads is not None:
        files.update(workloads.write(changes))
    for change in changes:
        if change.history is not None:
            files[change.tag.history_path] = render_history(change.history) if change.history.items else None
        if change.hold is not None:
            files[change.tag.hold_path] = render_hold(change.hold) if change.hold.held else None
    return Draft(files=files, author=author(changes, committer), message=render(changes, style))


def _registries_unreachable(world: World) -> bool:
    """Whether every registry that was called is unreachable."""
    replies = [*world.observed.answers.values(), *world.observed.listings.values()]
    failures = [reply for reply in replies if isinstance(reply, Failure)]
    everyone = bool(replies) and len(failures) == len(replies)
    return everyone and all(failure.reason is Reason.UNREACHABLE for failure in failures)
