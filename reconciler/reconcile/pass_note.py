"""Notes of a pass: messages for a person, apart from its changes and problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.change import Hold
from reconciler.model.name import IstagName
from reconciler.model.phrase import some
from reconciler.model.plan import Plan
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.repository_list import left_out_notes
from reconciler.planning.world import World
from reconciler.rules.name import windows_problem

_MOST_NAMES: Final = 5
"""How many istags one note names."""


def pass_notes(plan: Plan, world: World, scope: PassScope) -> tuple[str, ...]:
    """What to know of a pass, whether or not it changes anything."""
    return (
        *world.edited.notes,
        *_accepted_as_is(world),
        *left_out_notes(world, scope),
        *_unfit_for_windows(plan, world),
    )


def roll_back_notes(plan: Plan, world: World) -> Iterator[str]:
    """The notes about the roll backs of a pass."""
    return (roll_back_note(change.tag, world) for change in plan.changes if isinstance(change, Hold))


def roll_back_note(name: IstagName, world: World) -> str:
    """The note after every roll back: what moves the istag again, and how to stop that."""
    if world.spec.tag(name) is None:
        what = "the next new image that is pushed or imported moves it"
        return f"{name} was rolled back; {what}. To stop that, declare its tag and: imagestream freeze {name}"
    return f"{name} was rolled back; the next new image of its source moves it. To stop that: imagestream freeze {name}"


def _accepted_as_is(world: World) -> Iterator[str]:
    """The note about files that are accepted as found; the tip that this pass leaves behind prevents a second one."""
    names = sorted(world.edited.accepted_as_is)
    if names:
        named = some(names, _MOST_NAMES)
        yield f"accepted as the branch has it, because no commit by the reconciler records it: {named}."


def _unfit_for_windows(plan: Plan, world: World) -> Iterator[str]:
    """The notes about histories that begin in this pass and that Windows cannot check out."""
    for change in plan.changes:
        begins = change.history is not None and change.tag not in world.record.histories
        text = windows_problem(change.tag) if begins else None
        if text is not None:
            yield text
