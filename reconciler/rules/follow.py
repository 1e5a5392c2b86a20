"""Followed tags: circles, and chains that end at a tag nobody declares, with the whole chain in the text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from reconciler.errors import InputError
from reconciler.model.excerpt import chain
from reconciler.model.name import IstagName, StreamName
from reconciler.model.stream import SourceKind, SpecTag
from reconciler.rules.table import Hit

Edges = Mapping[IstagName, IstagName | None]
_MOST_NAMED = 3


def edges(tags: Mapping[IstagName, SpecTag]) -> dict[IstagName, IstagName | None]:
    """What each spec tag follows; None where it follows nothing."""
    return {name: _followed(name, tag) for name, tag in tags.items()}


def follow(
    graph: Edges, broken: Collection[IstagName], importing: Collection[StreamName] = ()
) -> Iterator[tuple[IstagName, Hit]]:
    """The hits of all tags, at their `from.name`; `broken` are declared too, though unusable.

    Streams that are `importing` a whole repository may have any tag. A chain that ends at a tag nobody declares is said
    at every tag that leads there.
    """
    ends, spaces = _Ends(graph), _namespaces({*graph, *broken})
    for name in graph:
        ring = ends.ring(name)
        last = ends.last(name)
        if ring is not None:
            text = f"{name} follows itself: {chain(_steps(name, graph, name), name)}. Give one of them another source."
            yield name, Hit("cycle", ("from", "name"), text)
        elif last is not None and not any((last in graph, last in broken, last.stream_name in importing)):
            advice = elsewhere(last, spaces) or f"Declare {last}, unless something pushes to it."
            text = f"{name} follows a tag that nobody declares: {chain(_steps(name, graph, last), last)}. {advice}"
            yield name, Hit("missing-source", ("from", "name"), text)


def elsewhere(name: IstagName, spaces: Mapping[str, Collection[str]]) -> str | None:
    """What to do about a tag that nobody declares in its namespace, while another has one of that name."""
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


def _followed(name: IstagName, tag: SpecTag) -> IstagName | None:
    if tag.source is None or tag.source.kind is not SourceKind.ISTAG:
        return None
    try:
        return tag.source.istag(name.stream_name)
    except InputError:
        return None


class _Ends:
    """Where each chain ends: at a last tag, or in a ring. Every tag is walked once, however long the chains are."""

    def __init__(self, graph: Edges) -> None:
        self._last: dict[IstagName, IstagName | None] = {}
        self._ring: dict[IstagName, int] = {}
        for start in graph:
            self._walk(start, graph)

    def last(self, name: IstagName) -> IstagName | None:
        """The last tag of the chain; None where the chain runs into a ring."""
        return self._last.get(name)

    def ring(self, name: IstagName) -> int | None:
        """The length of the ring that the tag is a member of, or None."""
        return self._ring.get(name)

    def _walk(self, start: IstagName, graph: Edges) -> None:
        path: dict[IstagName, None] = {}
        step, following = start, graph.get(start)
        while step not in self._last and step not in path and following is not None:
            path[step] = None
            step, following = following, graph.get(following)
        if step in path:
            members = list(path)[list(path).index(step) :]
            self._ring.update(dict.fromkeys(members, len(members)))
            self._last.update(dict.fromkeys(path))
        else:
            last = self._last.setdefault(step, step)
            self._last.update(dict.fromkeys(path, last))


def _steps(name: IstagName, graph: Edges, last: IstagName) -> Iterator[IstagName]:
    """The tags from one on to the last, without that."""
    step: IstagName | None = name
    while step is not None and (step != last or step is name):
        yield step
        step = graph.get(step)
