"""Which istag follows which: what a spec tag follows, where a chain of followed tags ends, and which tags form a cycle.

A source of kind ImageStreamTag makes its tag follow that istag, over streams and namespaces (design 3.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.errors import InputError
from reconciler.model.name import IstagName
from reconciler.model.stream import SourceKind, SpecTag

Edges = Mapping[IstagName, IstagName | None]
"""For each declared istag the one that it follows, or None."""


def followed(name: IstagName, tag: SpecTag) -> IstagName | None:
    """The istag that a spec tag follows; None if it follows none, or a malformed name (a finding reports it)."""
    if tag.source is None or tag.source.kind is not SourceKind.ISTAG:
        return None
    try:
        return tag.source.istag(name.stream_name)
    except InputError:
        return None


def steps(start: IstagName, edges: Edges, last: IstagName) -> Iterator[IstagName]:
    """The istags on the way from one to the last, without the last; in a cycle `last` may be `start` itself."""
    yield start
    step = edges.get(start)
    while step is not None and step != last:
        yield step
        step = edges.get(step)


class Chains:
    """Where the chain of each istag ends: at a last tag or in a cycle. Each tag is visited once, in linear time."""

    def __init__(self, edges: Edges) -> None:
        self._last: dict[IstagName, IstagName | None] = {}
        self._in_cycle: set[IstagName] = set()
        for start in edges:
            self._walk(start, edges)

    def last(self, name: IstagName) -> IstagName | None:
        """The last tag of the chain; None if the chain runs into a cycle."""
        return self._last.get(name)

    def is_in_cycle(self, name: IstagName) -> bool:
        """Whether the tag is a member of a cycle; a tag that only leads into one is not."""
        return name in self._in_cycle

    def _walk(self, start: IstagName, edges: Edges) -> None:
        path: dict[IstagName, None] = {}
        step, following = start, edges.get(start)
        while step not in self._last and step not in path and following is not None:
            path[step] = None
            step, following = following, edges.get(following)
        if step in path:
            members = list(path)
            self._in_cycle.update(members[members.index(step) :])
            self._last.update(dict.fromkeys(path))
        else:
            last = self._last.setdefault(step, step)
            self._last.update(dict.fromkeys(path, last))
