"""The header `Retry-After` of an answer (RFC 9110, section 10.2.3)."""

from __future__ import annotations

import math
from datetime import datetime
from email.utils import parsedate_to_datetime

from reconciler.transport.message import HttpResponse

_MAX_DIGITS = 12


def retry_after(response: HttpResponse, now: datetime) -> float:
    """The seconds in `Retry-After`, which may be a number or a date; 0 without one."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) <= _MAX_DIGITS else math.inf
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment.astimezone(now.tzinfo) - now).total_seconds())
    except (TypeError, ValueError, OverflowError, IndexError):
        return 0.0
