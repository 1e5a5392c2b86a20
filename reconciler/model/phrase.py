"""Phrases of messages: a number with its noun, and the first few of many names."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice

MAX_STEPS = 20
"""Names of a chain of followed tags that are written; the last name always is."""


def plural(number: int, noun: str) -> str:
    """`1 tag`, `2 tags`: the number and the noun, with an s unless there is one."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def some(names: Collection[object], most: int) -> str:
    """`a, b and 3 more`: the first names, at most `most`, and how many others there are."""
    return first_of(names, len(names), most)


def first_of(names: Iterable[object], number: int, most: int) -> str:
    """As `some`, for `number` names that are made one by one: no more than `most` of them are taken."""
    shown = ", ".join(map(str, islice(names, most)))
    return f"{shown} and {number - most} more" if number > most else shown


def chain(steps: Iterable[object], last: object) -> str:
    """Names with arrows between them, and the last name; the middle of a long chain is left out, and not read."""
    rest = iter(steps)
    shown = [str(step) for step in islice(rest, MAX_STEPS)]
    left_out = next(rest, None) is not None
    return " -> ".join([*shown, *(["…"] if left_out else []), str(last)])
