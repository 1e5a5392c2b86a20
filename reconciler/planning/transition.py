"""What a foreign change of a history file means, from content alone (design 3.3).

Compared are the stack the reconciler last wrote, the stack that stands there now, and every event the file ever had.
Messages, authors and dates are not looked at: a revert, a squash, an edit in a forge's web page and an old version
checked out are all the same if they leave the same content.

    | every event was there before | order kept | top is held | the file | meaning      |
    | ---------------------------- | ---------- | ----------- | -------- | ------------ |
    | same stack                   | yes        | any         | there    | UNCHANGED    |
    | yes                          | yes        | no          | there    | DECIDED      |
    | -                            | -          | -           | gone     | DECIDED      |
    | no                           | any        | any         | there    | INVENTED     |
    | yes                          | no         | any         | there    | REORDERED    |
    | yes                          | yes        | yes         | there    | HELD_ON_TOP  |
    | cannot be read               | -          | -           | there    | UNREADABLE   |

A file that is gone together with its spec tag is no transition at all: people removed the tag.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from reconciler.model.history import TagEvent


class Meaning(StrEnum):
    """What people meant by a change of a history file."""

    UNCHANGED = "unchanged"
    """The same events, perhaps in another layout."""
    DECIDED = "decided"
    """A person's decision (a roll back, or one undone): the stack stays."""
    INVENTED = "invented"
    """An event that this file never had, or a changed one."""
    REORDERED = "reordered"
    """Known events in an order they never had."""
    HELD_ON_TOP = "held-on-top"
    """Known events, but the image on top is held."""
    UNREADABLE = "unreadable"
    """No TagHistory any more."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A foreign change of one history."""

    meaning: Meaning
    held: tuple[str, ...] = ()
    """Identities that become held: those of the events that are gone, but for the one now on top."""
    released: tuple[str, ...] = ()
    """Identities that are held no longer: the one now on top, and those whose event came back."""


def classify(
    old: Sequence[TagEvent],
    new: Sequence[TagEvent] | None,
    ever: Collection[TagEvent],
    held: Collection[str] = (),
) -> Transition:
    """Say what a change from `old` to `new` means; `new` is None where the file cannot be read, empty where it is gone.

    `ever` holds every event the file had in any version the reconciler wrote, `held` the identities held now.
    """
    if new is None:
        return Transition(Meaning.UNREADABLE)
    if tuple(new) == tuple(old):
        return Transition(Meaning.UNCHANGED)
    known = {*ever, *old}
    if any(event not in known for event in new):
        return Transition(Meaning.INVENTED)
    generations = [event.generation for event in new]
    if any(upper <= lower for upper, lower in pairwise(generations)):
        return Transition(Meaning.REORDERED)
    returned = [event for event in new if event not in old]
    top = new[0].identity if new else None
    if top is not None and top in held and not any(event.identity == top for event in returned):
        return Transition(Meaning.HELD_ON_TOP)
    gone = [event.identity for event in old if event not in new and event.identity != top]
    back = [event.identity for event in returned if event.identity != top]
    return Transition(Meaning.DECIDED, _unique(gone), _unique(([top] if top is not None else []) + back))


def _unique(identities: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(identities))
