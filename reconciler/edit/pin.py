"""The pin of a promotion: a spec tag names the image that another istag has now."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.documents.edit.target.spec_tag import TagEdit
from reconciler.edit.spec_edit import SpecEdit
from reconciler.edit.tag_source import current_event, point, with_source
from reconciler.errors import InputError
from reconciler.gitstore import Repository
from reconciler.model.history import TagEvent
from reconciler.model.name import IstagName
from reconciler.model.reference import short_digest
from reconciler.model.stream import Source, SourceKind
from reconciler.model.text import inert
from reconciler.reading.snapshot import Snapshot

ImageVersion = Callable[[IstagName, TagEvent], str | None]
"""The version that the image of an istag's event names; None where none is known."""


def pin(
    snapshot: Snapshot,
    repository: Repository,
    source: str,
    destination: str,
    version: ImageVersion,
    onto: Snapshot | None = None,
) -> SpecEdit:
    """Pin the destination to the current image of the source; the message has both images.

    The files are those of `onto`, where an earlier promotion is not merged yet; else those of `snapshot`.
    Raises `InputError` where the source has no image.
    """
    default = snapshot.config.default_namespace
    origin, name = IstagName.parse(source, default), IstagName.parse(destination, default)
    event = current_event(snapshot, origin)
    if event.image is None:
        raise InputError(f"{origin} is a reference to {event.pull_spec}, without an image that could be pinned.")
    pinned = Source(SourceKind.ISIMAGE, f"{origin.stream}@{event.image}", origin.namespace)
    edit = with_source(TagEdit(stream=name.stream_name, tag=name.tag), pinned)
    files, note = point(repository, onto or snapshot, edit, {})
    current = snapshot.histories.get(name)
    was = _described(name, current.top, version) if current and current.top else "nothing"
    moves = f"{name} moves from {was} to {_described(origin, event, version)}, which {origin} means now.{note}"
    from_where = f"{event.pull_spec}, recorded {event.created}, generation {event.generation} of {origin}."
    message = f"Promote {origin} to {name}\n\n{moves}\n{from_where}\n"
    return SpecEdit(files, message, (moves,))


def _described(name: IstagName, event: TagEvent, version: ImageVersion) -> str:
    """The version, if it is known, and the image: `1.4.2 (sha256:9f2c1ab04d77)`."""
    if event.image is None:
        return event.pull_spec
    known = version(name, event)
    return f"{inert(known)} ({short_digest(event.image)})" if known else short_digest(event.image)
