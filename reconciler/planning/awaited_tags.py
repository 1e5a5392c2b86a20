"""Awaited tags: what a repository had when it was imported, and that did not come.

OpenShift keeps a failed import as a condition of the tag; here no commit records a failure. The commit of the last tag
that a pass imports from a stream's `dockerImageRepository` names the tags that are still to come (trailer
`Awaited-Tags`). Later passes look these up again, but not the tags that the repository got since.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.change import Change, EventChange
from reconciler.model.history import Cause, TagEvent
from reconciler.model.imported import imported_source
from reconciler.model.name import IstagName
from reconciler.model.observation import Failure, Found, Listed, Reason
from reconciler.model.stream import Stream
from reconciler.planning.repository_list import EVERY_TAG, lists_of
from reconciler.planning.subject import Subject, Subjects
from reconciler.planning.world import World


def with_awaited_tags(changes: Sequence[Change], subjects: Subjects) -> Iterator[Change]:
    """The changes; the last that comes from a stream's repository names its tags that are still to come."""
    world = subjects.world
    last = {change.tag.stream_name: index for index, change in enumerate(changes) if _is_import(change, world)}
    for index, change in enumerate(changes):
        stream = world.spec.declarations.streams.get(change.tag.stream_name)
        if isinstance(change, EventChange) and stream is not None and last.get(stream.name) == index:
            yield dataclasses.replace(change, awaited=_awaited_tags(stream, subjects))
        else:
            yield change


def _is_import(change: Change, world: World) -> bool:
    return isinstance(change, EventChange) and _comes_from_repository(change.tag, change.history.items[0], world)


def _comes_from_repository(name: IstagName, event: TagEvent, world: World) -> bool:
    """Whether an event imports a tag of the repository that its stream imports, and not a source of its own."""
    stream, tag = world.spec.declarations.streams.get(name.stream_name), world.spec.tag(name)
    source = imported_source(stream, name.tag) if stream else None
    return (tag is None or tag.imported) and source is not None and source == event.source


def _awaited_tags(stream: Stream, subjects: Subjects) -> tuple[str, ...]:
    """The tags that are still to come after this pass.

    `EVERY_TAG` alone if their list could not be fetched, or was not requested.
    """
    world = subjects.world
    listing = next((each for each, pushed in lists_of(stream, world, subjects.scope) if not pushed), None)
    is_listed = listing is not None and isinstance(world.observed.listings.get(listing), Listed)
    if not is_listed and (listing is not None or stream.name not in world.record.imported):
        return (EVERY_TAG,)
    imported = _imported(stream, subjects)
    known = () if is_listed else (name for name in world.record.awaited if name not in imported)
    names = [name for name, subject in imported.items() if _is_out(subject, world)]
    return tuple(sorted(name.tag for name in (*known, *names) if name.stream_name == stream.name))


def _imported(stream: Stream, subjects: Subjects) -> Mapping[IstagName, Subject]:
    """The istags of a stream that this pass imported, or tried to."""
    undeclared = subjects.undeclared.items()
    return {
        name: each for name, each in undeclared if each.cause is not Cause.PUSHED and name.stream_name == stream.name
    }


def _is_out(subject: Subject, world: World) -> bool:
    """Whether an istag could not be fetched; one that is listed and does not exist is not awaited."""
    answer = world.observed.answers.get(subject.question) if subject.question else None
    return not isinstance(answer, Found) and not (isinstance(answer, Failure) and answer.reason is Reason.NOT_FOUND)
