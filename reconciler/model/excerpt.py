"""Foreign text in messages: quoted, escaped and cut, so that no value can break a line or fill a screen."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

MAX_EXCERPT = 80
MAX_STEPS = 20
"""Names of a chain of tags that follow each other that are written out; the last one is always there."""


def excerpt(value: object) -> str:
    """The value as a message shows it: text in quotes with control characters escaped, cut after 80 characters."""
    if isinstance(value, str):
        return repr(value[:MAX_EXCERPT]) + ("…" if len(value) > MAX_EXCERPT else "")
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)[:MAX_EXCERPT]
    return "a list" if isinstance(value, list | tuple) else "a mapping"


def bare(text: str) -> str:
    """Foreign text without quotes, such as a field's name: cut, and escaped where it cannot be printed."""
    cut = text[:MAX_EXCERPT]
    return cut if cut.isprintable() else repr(cut)[1:-1]


def chain(steps: Iterable[object], last: object) -> str:
    """Names in a row with arrows between, and the last one; the middle of a long row is left out, and not looked at."""
    rest = iter(steps)
    shown = [str(step) for step in islice(rest, MAX_STEPS)]
    left_out = next(rest, None) is not None
    return " -> ".join([*shown, *(["…"] if left_out else []), str(last)])
