"""Members of indexes: the images inside an index, which a source may pin and only a registry knows.

OpenShift resolves a sub-manifest of an imported index like any image of the stream. Histories record only the index, so
the registry is called if git does not know the image.
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
"""Looks up the image of an event in its registry."""
Inside = Callable[[StreamName], Mapping[IstagName, tuple[TagEvent, ...]]]
"""Gives by istag, for each image inside the index that it means now, an event as if it meant that image."""


def nothing_inside(_stream: StreamName) -> Mapping[IstagName, tuple[TagEvent, ...]]:
    """No members: no registry is called."""
    return {}


def inside(look_up: LookUp, declarations: Declarations, histories: Mapping[IstagName, TagHistory]) -> Inside:
    """Looks up the tops of a stream's stacks; an index that cannot be fetched counts as having no members."""

    def members(stream: StreamName) -> Mapping[IstagName, tuple[TagEvent, ...]]:
        tops = {name: each.top for name, each in sorted(histories.items()) if name.stream_name == stream and each.top}
        return {name: _images(look_up, declarations, name, top) for name, top in tops.items() if top.image}

    return members


def events_inside(members: Inside) -> Callable[[StreamName], tuple[TagEvent, ...]]:
    """The same without the istags."""
    return lambda stream: tuple(event for events in members(stream).values() for event in events)


def _images(look_up: LookUp, declarations: Declarations, name: IstagName, top: TagEvent) -> tuple[TagEvent, ...]:
    answer = look_up(name, top, declarations)
    details = answer.metadata.details if isinstance(answer, Found) and answer.metadata else None
    digests = dict.fromkeys(digest for _, digest in (details.manifests if details else ()))
    repository = Reference.parse(top.pull_spec)
    return tuple(dataclasses.replace(top, image=digest, pull_spec=repository.pinned(digest)) for digest in digests)
