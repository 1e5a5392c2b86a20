"""Status: for each istag its source, the recorded image, the live image and the difference between them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from reconciler.clock import Clock
from reconciler.errors import UnknownNameError
from reconciler.gitstore import Repository
from reconciler.model.change import Change
from reconciler.model.config import Installation
from reconciler.model.name import IstagName
from reconciler.model.plan import Problem
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan_pass
from reconciler.planning.problem import broken_files, failed_lists
from reconciler.planning.subject import Subjects
from reconciler.query.istag_scope import IstagScope
from reconciler.query.status_table import StatusTable
from reconciler.query.tag_status import TagStatus
from reconciler.query.workload_status import workload_status
from reconciler.reconcile.observe import observe_everything, read_world
from reconciler.reconcile.registries import Registries


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The status of istags at one moment."""

    rows: list[TagStatus]
    problems: list[Problem]
    """Problems of files and of lists of tags; empty if only some istags were requested."""
    now: datetime


@dataclass(frozen=True, slots=True)
class StatusSources:
    """Where a status comes from beside git. Each part is opened when it is needed."""

    installation: Callable[[], Installation]
    registries: Callable[[], Registries] | None
    """None for what git alone knows."""


def read_status(
    repository: Repository, commit: str, names: Collection[str], sources: StatusSources, clock: Clock
) -> StatusReport:
    """The status of the istags at a commit of the current branch; only of these scopes if there are any.

    Raises `InputError` for a name that is not a scope, and `UnknownNameError` as `status` does.
    """
    world = read_world(repository, commit, repository.current_branch())
    only = {IstagScope.parse(text, world.spec.config.default_namespace) for text in names}
    if sources.registries is None:
        subjects = Subjects(world.with_installation(sources.installation()), PassScope())
    else:
        subjects = observe_everything(repository, world, sources.registries())
    now = clock.now()
    rows = status(subjects, now, only, offline=sources.registries is None)
    problems = [] if only else [*broken_files(subjects.world), *failed_lists(subjects.world, subjects.scope)]
    return StatusReport(rows, problems, now)


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
    table = StatusTable(subjects, changes, problems, offline, workload_status(world, planned))
    return [table.row(name) for name in sorted(names) if not only or any(scope.has(name) for scope in only)]
