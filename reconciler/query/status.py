"""Status: for each istag its source, the recorded image, the live image and the difference between them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from reconciler.errors import UnknownNameError
from reconciler.model.change import Change
from reconciler.model.name import IstagName
from reconciler.model.plan import Problem
from reconciler.planning.plan import plan_pass
from reconciler.planning.subject import Subjects
from reconciler.query.istag_scope import IstagScope
from reconciler.query.status_table import StatusTable
from reconciler.query.tag_status import TagStatus


def status(
    subjects: Subjects, now: datetime, only: Collection[IstagScope] = (), *, offline: bool = False
) -> list[TagStatus]:
    """The status of every declared or recorded istag, or only of those in some scopes, sorted by name.

    The World has an answer for every source (`observe_everything`). If it is `offline` it has none, and the states show
    what git alone knows: what is held, and which sources were never resolved.
    Raises `UnknownNameError` for a scope without any istag or stream.
    """
    world, planned = subjects.world, plan_pass(subjects, now)
    changes: dict[IstagName, list[Change]] = {}
    for change in planned.changes:
        changes.setdefault(change.tag, []).append(change)
    problems: dict[IstagName, list[Problem]] = {}
    for problem in planned.problems:
        if problem.tag:
            problems.setdefault(problem.tag, []).append(problem)
    names = {*world.spec.declarations.declared, *changes, *world.record.histories, *world.record.unreadable}
    streams = {IstagScope(stream.namespace, stream.name) for stream in world.spec.declarations.streams}
    unknown = sorted(scope for scope in {*only} - streams if not any(map(scope.has, names)))
    if unknown:
        why = f"{unknown[0]} is neither declared nor recorded."
        raise UnknownNameError(str(unknown[0]), why, "`imagestream status` lists all that are.")
    table = StatusTable(subjects, changes, problems, offline)
    return [table.row(name) for name in sorted(names) if not only or any(scope.has(name) for scope in only)]
