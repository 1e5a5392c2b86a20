"""Own steps: whether the reconciler could have made a change of a history (design 3.3).

A commit is own if its trailers describe its diff, and if the reconciler could have made that change on its parent:

- a new event goes on top of the stack, with the next generation; the old end may be cut; an image that was held then is
  never put there;
- a roll back by command, a restoration and an undo leave only events that were recorded in the file before, perhaps in
  versions that only git still has;
- a retargeting changes no history;
- only an adoption brings several events at once: as the first stack of an istag, counted from one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from reconciler.model.history import Cause, TagEvent
from reconciler.planning.trailers import RecordedChange


def is_step(
    claimed: RecordedChange,
    before: Sequence[TagEvent],
    after: Sequence[TagEvent],
    held: Collection[str],
    ever: Collection[TagEvent] = (),
) -> bool:
    """Whether `claimed` describes the change of a stack from `before` to `after` while `held` was held.

    `ever` are the events that were recorded in earlier versions of this file. The caller checks that an adoption is the
    first history the istag ever had, in any commit.
    """
    if (claimed.previous, claimed.image) != (_top(before), _top(after)):
        return False
    if claimed.cause == Cause.ADOPTED:
        return not before and _is_adopted(after, held)
    if claimed.cause in {"removed", "retargeted"}:
        return claimed.cause == "removed" and not after  # a retargeting changes no history
    if claimed.cause == "restored":
        return claimed.undoes is not None and _top(after) not in held and set(after) <= set(ever)
    if claimed.cause in {"rolled-back", "released"}:
        return _is_roll_back(before, after, ever)
    return _is_move(before, after, held) or _is_rewrite(before, after)


def _is_roll_back(before: Sequence[TagEvent], after: Sequence[TagEvent], ever: Collection[TagEvent]) -> bool:
    """Whether `after` has only events from before, in the order of their generations."""
    known = {*before, *ever}
    falling = all(upper.generation > lower.generation for upper, lower in pairwise(after))
    return falling and all(event in known for event in after)


def _is_move(before: Sequence[TagEvent], after: Sequence[TagEvent], held: Collection[str]) -> bool:
    if not after or after[0].identity in held or _top(before) == after[0].identity:
        return False
    generation = before[0].generation + 1 if before else 1
    return after[0].generation == generation and list(after[1:]) == list(before[: len(after) - 1])


def _is_adopted(stack: Sequence[TagEvent], held: Collection[str]) -> bool:
    """Whether every event is marked as adopted, they are counted from one, and no two in a row have the same image."""
    if not stack or stack[0].identity in held or any(event.cause is not Cause.ADOPTED for event in stack):
        return False
    counted = [event.generation for event in stack] == list(range(len(stack), 0, -1))
    return counted and all(upper.identity != lower.identity for upper, lower in pairwise(stack))


def _is_rewrite(before: Sequence[TagEvent], after: Sequence[TagEvent]) -> bool:
    """Whether the top was rewritten in place: the same image from another source, with its time and generation."""
    if not before or not after or list(after[1:]) != list(before[1 : len(after)]):
        return False
    old, new = before[0], after[0]
    return (old.identity, old.created, old.generation) == (new.identity, new.created, new.generation)


def _top(stack: Sequence[TagEvent]) -> str | None:
    return stack[0].identity if stack else None
