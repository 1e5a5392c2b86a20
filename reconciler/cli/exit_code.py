"""The exit codes, which are a promise to scripts (design 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
PENDING: Final = 3
UNAVAILABLE: Final = 4
INTERRUPTED: Final = 130

MEANINGS: Final[Mapping[int, str]] = {
    DONE: "Done; warnings and holds are not failures.",
    FAILED: "Error findings, or something failed; what could be done was done.",
    USAGE: "Wrong usage.",
    PENDING: "Changes are pending, with `plan --exit-code`.",
    UNAVAILABLE: "A remote is unavailable, and nothing could be done.",
    INTERRUPTED: "Interrupted.",
}
"""The meaning of every code."""
