"""Foreign text in messages: quoted, escaped and cut, so that no value can break a line or fill a screen."""

from __future__ import annotations

MAX_EXCERPT = 80


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
    """Foreign text without quotes, such as a field's name: cut, and escaped if it cannot be printed."""
    cut = text[:MAX_EXCERPT]
    return cut if cut.isprintable() else repr(cut)[1:-1]
