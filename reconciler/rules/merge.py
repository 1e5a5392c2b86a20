"""Streams that are declared in several places: contradictions, reported at each place. Tags are a map by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model.finding import Position
from reconciler.model.name import StreamName
from reconciler.model.phrase import first_of

_TWICE = ("duplicate-tag", "twice")
_ALIKE = ("repeated-tag", "alike")
_APART = (
    "Keep one of them, or leave files out with streams.exclude. If they are two streams, give each its "
    "metadata.namespace, or their folders theirs with namespaces: in reconciler.yaml."
)
_MOST_NAMED = 3
"""How many other places or names a message lists."""


@dataclass(frozen=True, slots=True)
class Clash:
    """One place of a contradiction."""

    rule: str
    position: Position
    message: str
    tag: str | None = None
    """The tag that cannot be used because of it."""


def clashing_tags(
    stream: StreamName, places: Mapping[str, Sequence[Position]], alike: Collection[str] = ()
) -> Iterator[Clash]:
    """Tags that are declared twice, and tags that differ only in case; `places` has every declaration of each name.

    Tags in `alike` have the same content in every file, as in overlays, so it does not matter which one counts.
    """
    for tag, positions in places.items():
        files = {position.file for position in positions}
        rule, how = _ALIKE if tag in alike else _TWICE
        advice = _APART if len(files) > 1 else "Keep one of them."
        for position in positions if len(positions) > 1 else ():
            others = _others(position, positions)
            yield Clash(rule, position, f"tag {tag} of {stream} is declared {how}, also at {others}. {advice}", tag)
    by_lower: dict[str, list[str]] = {}
    for tag in places:
        by_lower.setdefault(tag.lower(), []).append(tag)
    for tags in by_lower.values():
        for tag in tags if len(tags) > 1 else ():
            named = first_of((other for other in tags if other != tag), len(tags) - 1, _MOST_NAMED)
            text = f"tag {tag} of {stream} differs only in case from {named}. Rename one of them."
            yield from (Clash("tag-case", position, text, tag) for position in places[tag])


def clashing_values(rule: str, what: str, values: Sequence[tuple[str, Position]]) -> Iterator[Clash]:
    """Different values of one field of a stream, reported at each place."""
    if len({value for value, _ in values}) < 2:  # noqa: PLR2004 - it takes two
        return
    positions = [position for _, position in values]
    for _, position in values:
        text = f"{what} has another value at {_others(position, positions)}. Keep one of them."
        yield Clash(rule, position, text)


def _others(position: Position, positions: Sequence[Position]) -> str:
    others = (f"{other.file}:{other.line}" for other in positions if other != position)
    return first_of(others, len(positions) - 1, _MOST_NAMED)
