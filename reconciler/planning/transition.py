"""Transitions: what a person's edit of a history or hold file means, by its content alone (design 3.3).

Three contents are compared: what the reconciler last wrote, what the file has now, and everything the reconciler ever
wrote there. Messages, authors and dates do not count: a revert, a squash, an edit in the web page of a git host and a
checkout of an old version mean the same if they leave the same content.

A history:

    | every event was there before | order kept | the file | meaning    |
    | ---------------------------- | ---------- | -------- | ---------- |
    | the same stack               | yes        | there    | UNCHANGED  |
    | yes                          | yes        | there    | DECIDED    |
    | -                            | -          | gone     | DECIDED    |
    | no                           | any        | there    | INVENTED   |
    | yes                          | no         | there    | REORDERED  |
    | cannot be read               | -          | there    | UNREADABLE |

If a history is gone together with its spec tag, there is no transition: people removed the tag.

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
    """What people meant by an edit of a history or a hold."""

    UNCHANGED = "unchanged"
    """The same events, perhaps in another layout."""
    DECIDED = "decided"
    """A person's decision, such as a roll back or its undoing: the content stays."""
    INVENTED = "invented"
    """The file has an event or an entry that it never had, or a changed one."""
    REORDERED = "reordered"
    """Known events in an order that they never had."""
    UNREADABLE = "unreadable"
    """The file cannot be read as a TagHistory or TagHold any more."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A person's edit of one history."""

    meaning: Meaning
    held: tuple[str, ...] = ()
    """Identities that become held: those of the events that are gone, except the one now on top.

    If the edit is undone, they are those that a rewrite of the branch had taken away before.
    """
    released: tuple[str, ...] = ()
    """Identities that are held no longer: the one now on top, and those whose event came back."""


def classify(
    old: Sequence[TagEvent],
    new: Sequence[TagEvent] | None,
    ever: Collection[TagEvent],
    between: Collection[TagEvent] = (),
) -> Transition:
    """Classify the change of a stack from `old` to `new`.

    `new` is None if the file cannot be read, empty if it is gone; `ever` holds every event that the reconciler wrote
    into this file in any version, `between` the events that were in it for a while since `old`.
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

    An event that was rewritten in place (design 3.2 rule 2) is not gone. If newer events came back into a stack of that
    length, the ones that were cut off its old end again are not gone either.
    """
    there = {(event.identity, event.generation, event.created) for event in new}
    gone = [event for event in had if (event.identity, event.generation, event.created) not in there]
    if not new or len(new) < length:
        return gone
    return [event for event in gone if event.generation >= new[-1].generation]


@dataclass(frozen=True, slots=True)
class HoldTransition:
    """A person's edit of one hold file, and the entries that hold after it."""

    meaning: Meaning
    entries: tuple[HeldImage, ...] = ()


def classify_hold(
    old: Sequence[HeldImage], new: Sequence[HeldImage] | None, ever: Collection[HeldImage], *, rewritten: bool
) -> HoldTransition:
    """Classify the change of a hold from `old` to `new`, and give the entries that hold after it.

    Entries that were taken out are released, but not by a rewrite of the branch. Entries that were there before hold
    again. An entry that was never there is undone.
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
