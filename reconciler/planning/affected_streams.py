"""Affected streams: those that a lookup of some sources can change, so that a pass over a few sources costs little.

Once a pass over everything has nothing left to do, only new answers change anything: a due source moves its istag, and
then the istags that follow it, or wait for one of its images, move. So a pass over a few sources is planned on their
streams, on the streams that depend on them, and on the streams that all of these depend on, over any number of steps.
Streams are taken whole, because their tags share rules (which of them are declared, and whether any has a history).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from reconciler.errors import InputError
from reconciler.model.name import IstagName, StreamName
from reconciler.model.stream import SourceKind, SpecTag
from reconciler.planning.world import World

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class AffectedStreams:
    """Which streams depend on which in one World."""

    names: Mapping[StreamName, frozenset[IstagName]]
    """Every known istag of each stream."""
    dependants: Mapping[StreamName, frozenset[StreamName]]
    """The streams with a tag whose source is an istag or an isimage of the stream."""
    sources: Mapping[StreamName, frozenset[StreamName]]
    """The streams that the sources of a stream's tags name: `dependants` in the other direction."""

    @classmethod
    def of(cls, world: World) -> Self:
        """The dependencies in a World."""
        names: dict[StreamName, set[IstagName]] = {}
        for known in (
            world.record.histories,
            world.record.holds,
            world.record.unreadable,
            world.record.restorable,
            world.spec.declarations.istags,
        ):
            for name in known:
                names.setdefault(name.stream_name, set()).add(name)
        dependants: dict[StreamName, set[StreamName]] = {}
        sources: dict[StreamName, set[StreamName]] = {}
        for stream in world.spec.declarations.streams.values():
            for tag in stream.tags.values():
                source = _depends_on(tag, stream.name)
                if source is not None and source != stream.name:
                    dependants.setdefault(source, set()).add(stream.name)
                    sources.setdefault(stream.name, set()).add(source)
        for field in world.spec.declarations.fields:
            sources.setdefault(field.istag.stream_name, set()).update(each.stream_name for each in field.requires)
        return cls(_frozen(names), _frozen(dependants), _frozen(sources))

    def around(self, names: Collection[IstagName | StreamName]) -> frozenset[StreamName]:
        """The streams that a lookup of these sources can change, and those that the decisions about them need."""
        looked_up = {name.stream_name if isinstance(name, IstagName) else name for name in names}
        return _reached(_reached(looked_up, self.dependants), self.sources)

    def part(self, world: World, streams: Collection[StreamName]) -> World:
        """These streams of a World, which has the declarations that the dependencies were read from."""
        names = sorted(name for stream in streams for name in self.names.get(stream, ()))
        declared = world.spec.declarations.streams
        some = {stream: declared[stream] for stream in sorted(streams) if stream in declared}
        fields = tuple(each for each in world.spec.declarations.fields if each.istag.stream_name in streams)
        declarations = dataclasses.replace(world.spec.declarations, streams=some, fields=fields)
        record = dataclasses.replace(
            world.record,
            histories=_some(world.record.histories, names),
            holds=_some(world.record.holds, names),
            unreadable=_some(world.record.unreadable, names),
            restorable=_some(world.record.restorable, names),
        )
        return dataclasses.replace(
            world,
            spec=dataclasses.replace(world.spec, declarations=declarations),
            record=record,
            # The pass over everything has moved the tip where it can be moved.
            edited=dataclasses.replace(world.edited, tip_is_current=True),
        )


def _reached(
    starts: Collection[StreamName], edges: Mapping[StreamName, frozenset[StreamName]]
) -> frozenset[StreamName]:
    waiting, found = set(starts), set[StreamName]()
    while waiting:
        stream = waiting.pop()
        found.add(stream)
        waiting |= edges.get(stream, frozenset()) - found
    return frozenset(found)


def _frozen(values: Mapping[StreamName, set[_Value]]) -> dict[StreamName, frozenset[_Value]]:
    return {stream: frozenset(each) for stream, each in values.items()}


def _depends_on(tag: SpecTag, stream: StreamName) -> StreamName | None:
    """The stream that a spec tag's source is in; None for images of registries and for malformed names."""
    try:
        if tag.source is not None and tag.source.kind is SourceKind.ISTAG:
            return tag.source.istag(stream).stream_name
        if tag.source is not None and tag.source.kind is SourceKind.ISIMAGE:
            return tag.source.isimage(stream).stream_name
    except InputError:
        pass
    return None


def _some(values: Mapping[IstagName, _Value], names: Collection[IstagName]) -> dict[IstagName, _Value]:
    return {name: values[name] for name in names if name in values}
