"""Lifetimes of tokens and credentials, limited to plausible values."""

from __future__ import annotations

from datetime import datetime

MIN_LIFE = 60.0
"""The minimum number of seconds for which a token is used, and the default (distribution, token specification)."""
MAX_LIFE = 12 * 3600.0
"""The maximum number of seconds for which a token is used; a longer life is cut to this."""


def lifetime(seconds: object) -> float:
    """The seconds within the limits; `MIN_LIFE` if the value is not a number."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return MIN_LIFE
    return float(min(max(MIN_LIFE, seconds), MAX_LIFE))  # this order turns NaN into a number


def lifetime_until(moment: object, now: datetime) -> float:
    """The lifetime of a token that ends at a moment: RFC 3339, or seconds since 1970."""
    if isinstance(moment, int | float) and not isinstance(moment, bool):
        return lifetime(moment - now.timestamp())
    try:
        return lifetime((datetime.fromisoformat(str(moment)) - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return MIN_LIFE
