"""Who follows whom: the order in which istags are decided, and the cycles in which none can be.

OpenShift follows one step inside one stream; here an istag follows through any number of steps, streams and
namespaces in the same pass (design 3.4). Sources come before their followers; beyond that the order is by name, so the
same declarations always give the same order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.errors import InputError
from reconciler.model.excerpt import chain as written
from reconciler.model.name import IstagName
from reconciler.model.stream import Declarations, SourceKind, SpecTag


@dataclass(frozen=True, slots=True)
class Order:
    """All declared istags, sources first, and for each member of a cycle, as a text, what leads back to it."""

    istags: tuple[IstagName, ...]
    cycles: dict[IstagName, str]


def followed(name: IstagName, tag: SpecTag) -> IstagName | None:
    """The istag that a spec tag follows; None where it follows none or its name is malformed (a finding says so)."""
    if tag.source is None or tag.source.kind is not SourceKind.ISTAG:
        return None
    try:
        return tag.source.istag(name.stream_name)
    except InputError:
        return None


def order(declarations: Declarations) -> Order:
    """Sort the declared istags so that each comes after the one it follows."""
    edges = {
        stream.name.tag(tag.name): followed(stream.name.tag(tag.name), tag)
        for stream in declarations.streams.values()
        for tag in stream.tags.values()
    }
    done: dict[IstagName, None] = {}
    cycles: dict[IstagName, str] = {}
    for start in sorted(edges):
        path = list(_unfinished(start, edges, done))
        _note_cycle(path, edges, cycles)
        done.update(dict.fromkeys(reversed(path)))
    return Order(tuple(done), cycles)


def chain(start: IstagName, declarations: Declarations) -> tuple[IstagName, ...]:
    """The istags that `start` leads through, itself first, up to the last, or the first repeated."""
    path = {start: None}
    step = start
    while True:
        tag = declarations.tag(step)
        following = followed(step, tag) if tag else None
        if following is None:
            return tuple(path)
        if following in path:
            return (*path, following)
        path[following] = None
        step = following


def _unfinished(
    start: IstagName, edges: dict[IstagName, IstagName | None], done: dict[IstagName, None]
) -> Iterator[IstagName]:
    """The declared istags from `start` along the chain that are not yet ordered, each once."""
    seen: set[IstagName] = set()
    step: IstagName | None = start
    while step is not None and step in edges and step not in done and step not in seen:
        seen.add(step)
        yield step
        step = edges[step]


def _note_cycle(path: list[IstagName], edges: dict[IstagName, IstagName | None], cycles: dict[IstagName, str]) -> None:
    """If the path's last istag leads back into the path, every istag from there on is a member of the cycle."""
    back = edges[path[-1]] if path else None
    if back is None or back not in path:
        return
    ring = path[path.index(back) :]
    for index, member in enumerate(ring):
        cycles[member] = written(itertools.chain(itertools.islice(ring, index, None), ring[:index]), member)
