"""Rate limits: how many more requests a registry allows, and when it allows more.

| header                                        | meaning                                                            |
| --------------------------------------------- | ------------------------------------------------------------------ |
| `ratelimit-limit: 100;w=21600`                | so many in so many seconds (Docker Hub; several, with commas)      |
| `ratelimit-remaining: 87;w=21600`             | so many of them are left                                           |
| `ratelimit-reset: 30`, or seconds since 1970  | when there are more (GitLab)                                       |
| `x-ratelimit-…`                               | the same                                                           |
| `retry-after: 30`, or a date                  | when to come back (RFC 9110, section 10.2.3)                       |

An unreadable header is ignored; without a header there is no limit. Limits in a 401 or 403 are ignored: they are those
of anonymous clients.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.model.history import timestamp
from reconciler.model.observation import Reason
from reconciler.registry.answer_error import AnswerError, status_error
from reconciler.transport.message import HttpResponse, Origin
from reconciler.transport.retry_after import retry_after

_MAX_DIGITS = 12
_EPOCH = 1_000_000_000
"""Larger numbers of seconds are a point in time, smaller ones a duration."""
_REFUSED = {401, 403}
_UNITS = ((3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The requests that a registry still allows; times in seconds."""

    remaining: int
    limit: int | None = None
    """The number of requests in all; None if the registry does not tell."""
    window: float | None = None
    """The time that the limit is for."""
    reset: float | None = None
    """The time from the answer until more requests are allowed."""

    @property
    def pause(self) -> float:
        """Seconds to send nothing: 0 if requests remain, else until the reset.

        Infinite if the registry does not tell.
        """
        if self.remaining > 0:
            return 0.0
        return next((time for time in (self.reset, self.window) if time is not None), math.inf)


def rate_limit_of(response: HttpResponse, now: datetime) -> RateLimit | None:
    """The rate limit in an answer; None if there is none."""
    if response.status in _REFUSED:
        return None
    left = _least(_header(response.headers, "remaining"))
    if left is None:
        return None
    remaining, window = left
    limits = [
        each for each in _counts(_header(response.headers, "limit")) if window is None or each[1] in {window, None}
    ]
    limit, stated = limits[0] if limits else (None, None)
    return RateLimit(remaining, limit, window or stated, _reset(_header(response.headers, "reset"), now))


def used_up(host: str, rate_limit: RateLimit, now: datetime) -> AnswerError:
    """The error of every further question to a registry with no remaining requests."""
    what = "none is left"
    if rate_limit.limit is not None:
        window = f" in {_duration(rate_limit.window)}" if rate_limit.window else ""
        what = f"{rate_limit.limit}{window} are used up"
    if rate_limit.reset is None:
        text = f"{host} allows no more requests for now: {what}. It is asked again in the next pass."
    else:
        text = f"{host} allows no more requests {_until(rate_limit.reset, now)}: {what}."
    return AnswerError(Reason.RATE_LIMITED, text, host=host)


def too_many_requests(response: HttpResponse, now: datetime) -> AnswerError:
    """The error of a 429, with the time at which the registry may be called again, if it states one."""
    seconds = retry_after(response, now)
    if seconds <= 0:
        return status_error(response)
    host = Origin.of(response.url).name
    return AnswerError(Reason.RATE_LIMITED, f"{host} allows no more requests {_until(seconds, now)} (429).", host=host)


def _header(headers: Mapping[str, str], name: str) -> str:
    return headers.get(f"ratelimit-{name}") or headers.get(f"x-ratelimit-{name}") or ""


def _counts(header: str) -> list[tuple[int, float | None]]:
    """The numbers of a header, each with its window: `100;w=21600, 5000;w=86400`."""
    found = []
    for item in header.split(","):
        number, *parameters = item.split(";")
        count = _number(number)
        if count is not None:
            windows = (_number(text.strip()[2:]) for text in parameters if text.strip().startswith("w="))
            found.append((count, next((float(window) for window in windows if window), None)))
    return found


def _least(header: str) -> tuple[int, float | None] | None:
    """The smallest number; among equal ones that with the longest window."""
    return min(_counts(header), key=lambda each: (each[0], -(each[1] or math.inf)), default=None)


def _reset(header: str, now: datetime) -> float | None:
    seconds = _number(header)
    if seconds is None or seconds < _EPOCH:
        return None if seconds is None else float(seconds)
    return max(0.0, seconds - now.astimezone(UTC).timestamp())


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None


def _until(seconds: float, now: datetime) -> str:
    try:
        return f"until {timestamp(now + timedelta(seconds=math.ceil(seconds)))}"
    except OverflowError:
        return "for longer than a calendar has dates"


def _duration(seconds: float) -> str:
    unit, name = next((size, name) for size, name in _UNITS if seconds % size == 0 or size == 1)
    return f"{seconds / unit:g} {name}"
