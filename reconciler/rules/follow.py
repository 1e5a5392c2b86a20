"""Followed tags: circles, and chains that end at a tag that is not declared, with the whole chain in the text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from reconciler.model.follow import Chains, Edges, followed, steps
from reconciler.model.name import IstagName, StreamName
from reconciler.model.phrase import chain
from reconciler.model.stream import SpecTag
from reconciler.rules.table import Hit

_MOST_NAMED = 3


def edges(tags: Mapping[IstagName, SpecTag]) -> dict[IstagName, IstagName | None]:
    """The istag that each spec tag follows; None where it does not follow one."""
    return {name: followed(name, tag) for name, tag in tags.items()}


def follow(
    graph: Edges, broken: Collection[IstagName], importing: Collection[StreamName] = ()
) -> Iterator[tuple[IstagName, Hit]]:
    """The hits of all tags, at their `from.name`.

    Tags in `broken` are declared but cannot be used. Streams in `importing` import a whole repository and may have any
    tag. Every tag of a chain that ends at an undeclared tag has a hit.
    """
    chains, spaces = Chains(graph), _namespaces({*graph, *broken})
    for name in graph:
        last = chains.last(name)
        if chains.is_in_cycle(name):
            text = f"{name} follows itself: {chain(steps(name, graph, name), name)}. Give one of them another source."
            yield name, Hit("cycle", ("from", "name"), text)
        elif last is not None and not any((last in graph, last in broken, last.stream_name in importing)):
            advice = elsewhere(last, spaces) or f"Declare {last}, unless something pushes to it."
            text = f"{name} follows a tag that is not declared: {chain(steps(name, graph, last), last)}. {advice}"
            yield name, Hit("missing-source", ("from", "name"), text)


def elsewhere(name: IstagName, spaces: Mapping[str, Collection[str]]) -> str | None:
    """What to do about an undeclared tag whose name is declared in another namespace; None where it is not."""
    others = sorted(spaces.get(name.short, ()))
    if not others:
        return None
    shown = " or ".join(f"{each}/{name.short}" for each in others[:_MOST_NAMED])
    return (
        f"Did you mean {shown}? Write that into from.namespace, or give the streams one namespace: metadata.namespace, "
        "or namespaces: in reconciler.yaml."
    )


def _namespaces(names: Collection[IstagName]) -> dict[str, set[str]]:
    """The namespaces that have a `stream:tag`."""
    found: dict[str, set[str]] = {}
    for name in names:
        found.setdefault(name.short, set()).add(name.namespace)
    return found
