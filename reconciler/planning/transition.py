"""What a foreign change of a history or hold file means, from content alone (design 3.3).

Compared are what the reconciler last wrote, what stands there now, and everything it ever wrote there. Messages,
authors and dates are not looked at: a revert, a squash, an edit in a forge's web page and an old version checked out
are all the same if they leave the same content.

A history:

    | every event was there before | order kept | the file | meaning    |
    | ---------------------------- | ---------- | -------- | ---------- |
    | the same stack               | yes        | there    | UNCHANGED  |
    | yes                          | yes        | there    | DECIDED    |
    | -                            | -          | gone     | DECIDED    |
    | no                           | any        | there    | INVENTED   |
    | yes                          | no         | there    | REORDERED  |
    | cannot be read               | -          | there    | UNREADABLE |

A history that is gone together with its spec tag is no transition at all: people removed the tag.

A hold:

    | entries now                       | people rewrote the branch | meaning    |
    | --------------------------------- | ------------------------- | ---------- |
    | the same                          | any                       | UNCHANGED  |
    | some gone, some back from earlier | no                        | DECIDED    |
    | some back from earlier            | yes                       | DECIDED, and what is gone is kept |
    | one that was never there          | any                       | INVENTED   |
    | cannot be read                    | any                       | UNREADABLE |
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from reconciler.model.history import HeldImage, TagEvent


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
    UNREADABLE = "unreadable"
    """No TagHistory or TagHold any more."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A foreign change of one history."""

    meaning: Meaning
    held: tuple[str, ...] = ()
    """Identities that become held: those of the events that are gone, but for the one now on top.

    Also where the file is to be undone, if a rewrite of the branch had taken them away before.
    """
    released: tuple[str, ...] = ()
    """Identities that are held no longer: the one now on top, and those whose event came back."""


def classify(
    old: Sequence[TagEvent],
    new: Sequence[TagEvent] | None,
    ever: Collection[TagEvent],
    between: Collection[TagEvent] = (),
) -> Transition:
    """Say what a change of a stack from `old` to `new` means.

    `new` is None where the file cannot be read, empty where it is gone; `ever` holds every event that the reconciler
    wrote into this file in any version, `between` those that stood there for a while since `old`.
    """
    if new is None:
        return Transition(Meaning.UNREADABLE)
    known = {*ever, *old}
    passed = [event for event in between if event in known and event not in old and event not in new]
    gone = _gone((*old, *sorted(passed, key=lambda event: -event.generation)), new, len(old))
    if tuple(new) == tuple(old) and not gone:
        return Transition(Meaning.UNCHANGED)
    if any(event not in known for event in new):
        return Transition(Meaning.INVENTED)
    if any(upper.generation <= lower.generation for upper, lower in pairwise(new)):
        return Transition(Meaning.REORDERED)
    top = new[0].identity if new else None
    held = [event.identity for event in gone if event.identity != top]
    back = [event.identity for event in new if event not in old and event.identity != top]
    return Transition(Meaning.DECIDED, _unique(held), _unique(([top] if top is not None else []) + back))


def _gone(had: Sequence[TagEvent], new: Sequence[TagEvent], length: int) -> list[TagEvent]:
    """The events that people took away.

    Not those that were only rewritten in place (design 3.2 rule 2), nor those that fell off the old end of a stack of
    that length again when newer ones came back.
    """
    there = {(event.identity, event.generation, event.created) for event in new}
    gone = [event for event in had if (event.identity, event.generation, event.created) not in there]
    if not new or len(new) < length:
        return gone
    return [event for event in gone if event.generation >= new[-1].generation]


@dataclass(frozen=True, slots=True)
class HoldTransition:
    """A foreign change of one hold file, and what is to be held after it."""

    meaning: Meaning
    entries: tuple[HeldImage, ...] = ()


def classify_hold(
    old: Sequence[HeldImage], new: Sequence[HeldImage] | None, ever: Collection[HeldImage], *, rewritten: bool
) -> HoldTransition:
    """Say what a change of a hold from `old` to `new` means, and which entries are to stand.

    Entries taken out are released, but not by a rewrite of the branch; entries that were there before hold again;
    an entry that was never there is undone.
    """
    if new is None:
        return HoldTransition(Meaning.UNREADABLE, tuple(old))
    if tuple(new) == tuple(old):
        return HoldTransition(Meaning.UNCHANGED, tuple(old))
    known = {*ever, *old}
    if any(entry not in known for entry in new) or len(set(new)) != len(new):
        return HoldTransition(Meaning.INVENTED, tuple(old))
    kept = [entry for entry in old if entry not in new] if rewritten else []
    return HoldTransition(Meaning.DECIDED, (*new, *kept))


def _unique(identities: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(identities))
