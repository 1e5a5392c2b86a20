"""The images inside indexes: what only a registry knows of the images that a stream's tags mean.

OpenShift answers for a sub-manifest of an imported index as for any image of the stream, and pins to it. Histories name
the index alone, so the registry is asked, and only where git knows no such image.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from reconciler.model.history import TagEvent, TagHistory
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Answer, Found
from reconciler.model.reference import Reference
from reconciler.model.stream import Declarations

LookUp = Callable[[IstagName, TagEvent, Declarations], Answer]
"""Asks a registry about the image of an event."""
Inside = Callable[[StreamName], Mapping[IstagName, tuple[TagEvent, ...]]]
"""By istag: for each image inside of what it means now, an event as if it meant that one."""


def nothing_inside(_stream: StreamName) -> Mapping[IstagName, tuple[TagEvent, ...]]:
    """Nobody is asked."""
    return {}


def inside(look_up: LookUp, declarations: Declarations, histories: Mapping[IstagName, TagHistory]) -> Inside:
    """Asks the registries about the tops of a stream's stacks; an index that cannot be had has nothing inside."""

    def ask(stream: StreamName) -> Mapping[IstagName, tuple[TagEvent, ...]]:
        tops = {name: each.top for name, each in sorted(histories.items()) if name.stream_name == stream and each.top}
        return {name: _images(look_up, declarations, name, top) for name, top in tops.items() if top.image}

    return ask


def events_inside(asked: Inside) -> Callable[[StreamName], tuple[TagEvent, ...]]:
    """The same without the istags."""
    return lambda stream: tuple(event for events in asked(stream).values() for event in events)


def _images(look_up: LookUp, declarations: Declarations, name: IstagName, top: TagEvent) -> tuple[TagEvent, ...]:
    answer = look_up(name, top, declarations)
    details = answer.metadata.details if isinstance(answer, Found) and answer.metadata else None
    digests = dict.fromkeys(digest for _, digest in (details.manifests if details else ()))
    repository = Reference.parse(top.pull_spec)
    return tuple(dataclasses.replace(top, image=digest, pull_spec=repository.pinned(digest)) for digest in digests)
