"""Pauses: how long a notification waits before it is sent again.

The first pause is a second; each is twice as long as the one before, up to five minutes. The sink may ask for more, up
to an hour. A caller takes a random share of it, so that several sinks of one host do not come back together.
"""

from __future__ import annotations

from typing import Final

FIRST: Final = 1.0  # seconds
LONGEST: Final = 300.0
LONGEST_REQUESTED: Final = 3600.0
"""The longest pause in seconds that a sink may ask for (`Retry-After`)."""


def pause(failures: int, requested: float | None = None) -> float:
    """Seconds until the next try after so many failures in a row, one or more."""
    own = min(FIRST * 2.0 ** min(failures - 1, 20), LONGEST)
    return max(own, min(requested, LONGEST_REQUESTED)) if requested is not None else own
