"""Steps: whether the reconciler could have taken one (design 3.3).

A commit is own when its trailers say what its diff does, and the reconciler could have taken that step on its parent:
a new event goes on top of the stack that was there, with the next generation; the old end may be cut; an image that was
held at that time is never put there. A roll back by command, and what undoes or brings back, leave nothing but events
that were recorded in the file before, be it ones that only git still has. Only an adoption brings several events at
once: as the first stack of an istag, counted from one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from reconciler.model.history import Cause, TagEvent
from reconciler.planning.trailers import RecordedChange


def is_step(
    said: RecordedChange,
    before: Sequence[TagEvent],
    after: Sequence[TagEvent],
    held: Collection[str],
    ever: Collection[TagEvent] = (),
) -> bool:
    """Whether `said` describes the change of a stack from `before` to `after` where `held` was held.

    `ever` are the events that were recorded in this file in earlier versions.
    That an adoption is the first the istag ever had, git included, is for the caller to see.
    """
    if (said.previous, said.image) != (_top(before), _top(after)):
        return False
    if said.cause == Cause.ADOPTED:
        return not before and _is_adopted(after, held)
    if said.cause == "removed":
        return not after
    if said.cause == "restored":
        return said.undoes is not None and _top(after) not in held and set(after) <= set(ever)
    if said.cause in {"rolled-back", "released"}:
        return _is_roll_back(before, after, ever)
    return _is_move(before, after, held) or _is_rewrite(before, after)


def _is_roll_back(before: Sequence[TagEvent], after: Sequence[TagEvent], ever: Collection[TagEvent]) -> bool:
    """Only events from before, in the order of their generations."""
    known = {*before, *ever}
    falling = all(upper.generation > lower.generation for upper, lower in pairwise(after))
    return falling and all(event in known for event in after)


def _is_move(before: Sequence[TagEvent], after: Sequence[TagEvent], held: Collection[str]) -> bool:
    if not after or after[0].identity in held or _top(before) == after[0].identity:
        return False
    generation = before[0].generation + 1 if before else 1
    return after[0].generation == generation and list(after[1:]) == list(before[: len(after) - 1])


def _is_adopted(stack: Sequence[TagEvent], held: Collection[str]) -> bool:
    """A stack from elsewhere: every event says so, they are counted from one, and no two in a row mean the same."""
    if not stack or stack[0].identity in held or any(event.cause is not Cause.ADOPTED for event in stack):
        return False
    counted = [event.generation for event in stack] == list(range(len(stack), 0, -1))
    return counted and all(upper.identity != lower.identity for upper, lower in pairwise(stack))


def _is_rewrite(before: Sequence[TagEvent], after: Sequence[TagEvent]) -> bool:
    """The same image from elsewhere: the top is rewritten in place, but for its time and generation."""
    if not before or not after or list(after[1:]) != list(before[1 : len(after)]):
        return False
    old, new = before[0], after[0]
    return (old.identity, old.created, old.generation) == (new.identity, new.created, new.generation)


def _top(stack: Sequence[TagEvent]) -> str | None:
    return stack[0].identity if stack else None
