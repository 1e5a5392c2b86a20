"""The lifetime of tokens and credentials: how long one is used that a server says to live so many seconds."""

from __future__ import annotations

from datetime import datetime

MIN_LIFE = 60.0
"""Seconds that a token is used at least, however the clocks differ, and where the server does not say how long
(distribution, token specification)."""
MAX_LIFE = 12 * 3600.0
"""Seconds that a token is used at most; a longer promise is not relied on."""


def lifetime(seconds: object) -> float:
    """The seconds, within the limits; the least where the value is not a number."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return MIN_LIFE
    return float(min(max(MIN_LIFE, seconds), MAX_LIFE))  # in this order no NaN comes out


def lifetime_until(moment: object, now: datetime) -> float:
    """The same for a token that is said to end at a moment: RFC 3339, or seconds since 1970."""
    if isinstance(moment, int | float) and not isinstance(moment, bool):
        return lifetime(moment - now.timestamp())
    try:
        return lifetime((datetime.fromisoformat(str(moment)) - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return MIN_LIFE
