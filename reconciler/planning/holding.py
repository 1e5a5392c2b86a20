"""Holding: which images an istag must not come back to, after people rolled back, released or declared anew (3.3)."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.history import HeldImage, TagEvent
from reconciler.model.name import StreamName
from reconciler.model.reference import is_digest
from reconciler.model.stream import Source, SpecTag
from reconciler.planning.transition import Transition

Entries = tuple[HeldImage, ...]


def held_image(identity: str, commit: str, source: Source | None) -> HeldImage:
    """The entry for an image, or for the pull spec of a reference event."""
    image, pull_spec = (identity, None) if is_digest(identity) else (None, identity)
    return HeldImage(image, pull_spec, commit, source)


def rolled_back(entries: Entries, transition: Transition, commit: str, tag: SpecTag | None) -> Entries:
    """The entries after a person's decision about the stack: new ones first, without those it releases."""
    stay = without(entries, transition.released)
    known = {entry.identity for entry in stay}
    source = tag.source if tag else None
    fresh = [held_image(identity, commit, source) for identity in transition.held if identity not in known]
    return (*fresh, *stay)


def without(entries: Entries, identities: Iterable[str]) -> Entries:
    """The entries but for some images."""
    gone = set(identities)
    return tuple(entry for entry in entries if entry.identity not in gone)


def standing(entries: Entries, top: TagEvent | None, tag: SpecTag | None, stream: StreamName) -> Entries:
    """The entries that still hold: not the image now on top, not those whose spec tag names another source by now."""
    on_top = [top.identity] if top is not None else []
    return tuple(entry for entry in without(entries, on_top) if tag is None or _same_source(entry, tag, stream))


def _same_source(entry: HeldImage, tag: SpecTag, stream: StreamName) -> bool:
    """Whether people have not decided anew since: the spec tag's `from` is the one the entry records."""
    if entry.source is None or tag.source is None:
        return entry.source is tag.source
    return tag.source.same(entry.source, stream)
