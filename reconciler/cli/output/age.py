"""Ages: how long ago a recorded time was, in the words of `oc` and `kubectl`."""

from __future__ import annotations

from datetime import datetime

# Docker's HumanDuration, which `oc` uses: the limit in seconds, the unit in seconds, and the text.
_AGES: tuple[tuple[float, int, str], ...] = (
    (1, 1, "Less than a second"),
    (60, 1, "{} seconds"),
    (120, 60, "About a minute"),
    (60 * 60, 60, "{} minutes"),
    (2 * 60 * 60, 3600, "About an hour"),
    (48 * 3600, 3600, "{} hours"),
    (14 * 86400, 86400, "{} days"),
    (60 * 86400, 7 * 86400, "{} weeks"),
    (2 * 365 * 86400, 30 * 86400, "{} months"),
    (float("inf"), 365 * 86400, "{} years"),
)

# As kubectl prints columns: the limit in seconds, the unit in seconds, and its letter.
_SHORT_AGES: tuple[tuple[float, int, str], ...] = (
    (2 * 60, 1, "s"),
    (2 * 3600, 60, "m"),
    (2 * 86400, 3600, "h"),
    (2 * 365 * 86400, 86400, "d"),
    (float("inf"), 365 * 86400, "y"),
)


def age(created: str, now: datetime) -> str:
    """The time since a recorded time, in the words of `oc`; the text itself where it is not a time."""
    try:
        seconds = (now - datetime.fromisoformat(created)).total_seconds()
    except (ValueError, TypeError):
        return created
    for below, unit, text in _AGES:
        if seconds < below:
            count = int(max(seconds, 0) // unit)
            words = text.format(count)
            return (words.removesuffix("s") if count == 1 and "{}" in text else words) + " ago"
    return created


def short_age(created: str | None, now: datetime) -> str:
    """The time since a recorded time, as kubectl prints it in columns: `5m`, `3h`, `12d`."""
    if created is None:
        return "<none>"
    try:
        seconds = max((now - datetime.fromisoformat(created)).total_seconds(), 0)
    except (ValueError, TypeError):
        return created
    return next(f"{int(seconds // unit)}{text}" for below, unit, text in _SHORT_AGES if seconds < below)
