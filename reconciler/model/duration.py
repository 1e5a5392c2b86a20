"""Durations as people write them: `15m`, `1h30m`, `90s`, `0s`."""

from __future__ import annotations

import re

from reconciler.errors import InputError

_DURATION = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9})s)?", re.ASCII)


def seconds(text: str) -> int:
    """The duration in seconds. Raises `InputError` for a text that is not a duration."""
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        raise InputError(
            f"{text[:40]!r} is not a duration. Write hours, minutes and seconds such as 1h30m, 15m or 90s."
        )
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + rest
