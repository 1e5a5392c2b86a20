"""The status of image fields: for each value that follows an istag, where it is (design 3.8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.image_field import ImageField
from reconciler.model.name import IstagName
from reconciler.model.observation import Reason
from reconciler.model.plan import Plan
from reconciler.planning.image_field import differing
from reconciler.planning.world import World


class FieldState(StrEnum):
    """The state of one image field; the `state` of a workload in `status -o json`."""

    IN_SYNC = "InSync"
    PENDING = "Pending"
    """The next pass writes it."""
    DIVERGED = "Diverged"
    """A person changed it: it stays until the next event of the istag."""
    PAUSED = "Paused"
    WAITING = "Waiting"
    """It cannot be written now: its istag has no image, is frozen or held, or its file cannot be edited."""


@dataclass(frozen=True, slots=True)
class WorkloadStatus:
    """The status of one image field."""

    field: ImageField
    state: FieldState
    message: str = ""


def workload_status(world: World, plan: Plan) -> Mapping[IstagName, tuple[WorkloadStatus, ...]]:
    """The fields of each istag, in file order, under the plan of the next pass."""
    written = {edit.field.name for change in plan.changes for edit in change.edits}
    differs = {field.name for field in differing(world)}
    problems = {problem.field: problem for problem in plan.problems if problem.field is not None}
    found: dict[IstagName, list[WorkloadStatus]] = defaultdict(list)
    for field in world.spec.declarations.fields:
        problem = problems.get(field.name)
        state = FieldState.IN_SYNC
        if field.name in written:
            state = FieldState.PENDING
        elif field.paused:
            state = FieldState.PAUSED
        elif world.record.top(field.istag) is None or (problem is not None and problem.reason is not Reason.DIVERGED):
            state = FieldState.WAITING
        elif field.name in differs:
            state = FieldState.DIVERGED if problem is not None else FieldState.WAITING
        found[field.istag].append(WorkloadStatus(field, state, problem.message if problem else ""))
    return {name: tuple(each) for name, each in found.items()}
