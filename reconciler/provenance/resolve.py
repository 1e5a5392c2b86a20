"""Resolve: the pull spec by digest that an istag or isimage means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from reconciler.errors import UnknownNameError, UsageError
from reconciler.gitstore import Repository
from reconciler.model.history import TagEvent
from reconciler.model.name import IsimageName, IstagName, StreamName
from reconciler.provenance.log import Log
from reconciler.provenance.recorded_event import recorded_events
from reconciler.provenance.timeline import history_at


@dataclass(frozen=True, slots=True)
class ResolvedImage:
    """The meaning of a name."""

    name: str
    pull_spec: str
    image: str | None


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
    top = history_at(repository, revision, name).top
    if top is None:
        why = f"{name} means nothing at {revision[:12]}: it has no history."
        raise UnknownNameError(str(name), why, "`imagestream status` says why.")
    return ResolvedImage(str(name), top.pull_spec, top.image)


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
