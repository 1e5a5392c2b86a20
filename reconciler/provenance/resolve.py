"""Resolve: the pull spec by digest that an istag or isimage means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from reconciler.errors import InputError, UnknownNameError, UsageError
from reconciler.gitstore import Repository
from reconciler.model.history import TagEvent
from reconciler.model.name import IsimageName, IstagName, StreamName
from reconciler.model.stream import SourceKind
from reconciler.provenance.log import Log
from reconciler.provenance.recorded_event import recorded_events
from reconciler.provenance.timeline import history_at


@dataclass(frozen=True, slots=True)
class ResolvedImage:
    """The meaning of a name."""

    name: str
    pull_spec: str
    image: str | None
    version: str | None = None
    """The registry tag that its source names or selected, also over the istags that it follows; None if unknown."""
    previous: TagEvent | None = None
    """The event below it; None for an isimage and for a first event."""
    previous_version: str | None = None


Unrecorded = Callable[[StreamName], Iterable[TagEvent]]
"""Images of a stream that no history records: the members of its indexes."""


def resolve(
    repository: Repository,
    revision: str,
    text: str,
    default_namespace: str,
    unrecorded: Unrecorded = lambda _: (),
) -> ResolvedImage:
    """The pull spec that `NAMESPACE/STREAM:TAG` or `NAMESPACE/STREAM@DIGEST` means at a commit.

    `unrecorded` is called if no tag of the stream ever meant the digest.
    Raises `InputError` if the name means nothing, or if a prefix fits several images.
    """
    if "@" in text:
        return _isimage(repository, revision, IsimageName.parse(text, default_namespace), unrecorded)
    name = IstagName.parse(text, default_namespace)
    stack = history_at(repository, revision, name).items
    if not stack:
        why = f"{name} means nothing at {revision[:12]}: it has no history."
        raise UnknownNameError(str(name), why, "`imagestream status` says why.")
    top, previous = stack[0], stack[1] if len(stack) > 1 else None
    versions = (version_of(repository, revision, name, event) if event else None for event in (top, previous))
    return ResolvedImage(str(name), top.pull_spec, top.image, next(versions), previous, next(versions))


def version_of(repository: Repository, revision: str, name: IstagName, event: TagEvent) -> str | None:
    """The registry tag that an event's source names or selected, where a commit still tells it.

    An event that followed another istag has the version that the same image has there.
    """
    seen: set[IstagName] = set()
    while event.source is not None and event.source.kind is SourceKind.ISTAG and name not in seen:
        seen.add(name)
        try:
            name = event.source.istag(name.stream_name)
            events = history_at(repository, revision, name).items
        except InputError:  # a history that cannot be read tells nothing
            return None
        followed = next((each for each in events if each.identity == event.identity), None)
        if followed is None:
            return None
        event = followed
    return event.source.registry_tag if event.source is not None else None


def _isimage(repository: Repository, revision: str, name: IsimageName, unrecorded: Unrecorded) -> ResolvedImage:
    fitting = _fitting(name, recorded_events(Log(repository, revision), name.stream_name))
    fitting = fitting or _fitting(name, unrecorded(name.stream_name))
    if not fitting:
        raise UnknownNameError(str(name.stream_name), f"{name}: no tag of {name.stream_name} ever meant that image.")
    if len(fitting) > 1:
        raise UsageError(f"{name} fits {len(fitting)} images of {name.stream_name}. Write more of the digest.")
    event = next(iter(fitting.values()))
    full = IsimageName(name.namespace, name.stream, event.image or "")
    return ResolvedImage(str(full), event.pull_spec, event.image)


def _fitting(name: IsimageName, events: Iterable[TagEvent]) -> dict[str, TagEvent]:
    fitting: dict[str, TagEvent] = {}
    for event in events:
        if event.image and name.matches(event.image):
            fitting.setdefault(event.image, event)
    return fitting
