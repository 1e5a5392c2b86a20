"""The parts of an export that an adoption leaves out, counted by reason, so that people see whether all came over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_REASONS: Final = {
    "unreadable": ("file or object", "files or objects", "that cannot be read"),
    "other-object": ("object", "objects", "of another kind than ImageStream"),
    "stream-with-error": ("stream", "streams", "with an error"),
    "exported-twice": ("stream", "streams", "that is in the files twice, with different content"),
    "refused-stream": ("stream", "streams", "refused for a problem"),
    "tag-with-error": ("spec tag", "spec tags", "with an error, and its history"),
    "tag-left-out": ("tag", "tags", "whose name cannot be, or differs only in case from another"),
    "refused-tag": ("history", "histories", "refused for a problem"),
    "empty-tag": ("tag of status", "tags of status", "without an event"),
    "failed-import": ("failed import", "failed imports", "because no history records failures"),
    "event-left-out": ("event", "events", "without an image, a pull spec or a time"),
    "repeated-event": ("event", "events", "of the image that was there already"),
    "older-event": ("older event", "older events", "that limits.history has no room for"),
}
"""By key: the noun for one, the noun for several, and the reason; in the order of the output."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A number of parts, and the reason."""

    count: int
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.count} {self.what} {self.why}"


def left_out(counts: Mapping[str, int]) -> tuple[LeftOut, ...]:
    """The parts that were left out, from counts by the keys of the table."""
    found = ((counts.get(key, 0), reason) for key, reason in _REASONS.items())
    return tuple(LeftOut(count, one if count == 1 else many, why) for count, (one, many, why) in found if count)


def counted_rules(rules: Iterable[str]) -> Counter[str]:
    """By rule, the number of findings about parts that were left out."""
    return Counter(rule for rule in rules if rule in _REASONS)
