"""Follow order: the order in which istags are decided, and the cycles in which none can be decided.

OpenShift follows one step inside one stream; here an istag follows through any number of steps, streams and
namespaces in the same pass (design 3.4). Sources come before their followers; otherwise the order is by name, so the
same declarations always give the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.model.follow import Chains, Edges, followed, steps
from reconciler.model.name import IstagName
from reconciler.model.phrase import chain as written
from reconciler.model.stream import Declarations


@dataclass(frozen=True, slots=True)
class Order:
    """All declared istags, sources first; and for each member of a cycle the text of the chain back to it."""

    istags: tuple[IstagName, ...]
    cycles: dict[IstagName, str]


def order(declarations: Declarations) -> Order:
    """Sort the declared istags so that each comes after the one it follows."""
    edges = {
        stream.name.tag(tag.name): followed(stream.name.tag(tag.name), tag)
        for stream in declarations.streams.values()
        for tag in stream.tags.values()
    }
    done: dict[IstagName, None] = {}
    for start in sorted(edges):
        path = list(_unfinished(start, edges, done))
        done.update(dict.fromkeys(reversed(path)))
    chains = Chains(edges)
    cycles = {name: written(steps(name, edges, name), name) for name in edges if chains.is_in_cycle(name)}
    return Order(tuple(done), cycles)


def chain(start: IstagName, declarations: Declarations) -> tuple[IstagName, ...]:
    """The chain of istags from `start` on, itself first, up to the last or to the first that is repeated."""
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


def _unfinished(start: IstagName, edges: Edges, done: dict[IstagName, None]) -> Iterator[IstagName]:
    """The declared istags along the chain from `start` that are not in order yet, each once."""
    seen: set[IstagName] = set()
    step: IstagName | None = start
    while step is not None and step in edges and step not in done and step not in seen:
        seen.add(step)
        yield step
        step = edges[step]
