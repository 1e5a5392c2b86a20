"""Holding: the images that an istag must not come back to after people rolled back or released (design 3.3)."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.errors import InputError
from reconciler.model.history import HeldImage, TagEvent, held_by_this_commit
from reconciler.model.name import IstagName, StreamName
from reconciler.model.reference import Reference, is_digest, short_digest
from reconciler.model.stream import Source, SourceKind, SpecTag
from reconciler.planning.transition import Meaning, Transition
from reconciler.planning.world import EditedHistory, Holder, World

Entries = tuple[HeldImage, ...]


def held_image(identity: str, commit: str, tag: SpecTag | None, last: TagEvent | None = None) -> HeldImage:
    """The entry for an image, or for the pull spec of a reference event, with the source as the spec tag declares it.

    Without a spec tag it is the source of the last event.
    """
    image, pull_spec = (identity, None) if is_digest(identity) else (None, identity)
    declared = tag or last
    if declared is None:
        return HeldImage(image, pull_spec, commit, None)
    reference = tag.reference if tag is not None else last is not None and last.image is None
    other_kind = reference is not (image is None)
    return HeldImage(image, pull_spec, commit, declared.source, declared.import_mode, other_kind)


def held_text(name: IstagName, entry: HeldImage, holder: Holder | None) -> str:
    """What a person is told about a held image: who rolled it back, in which commit, and how it is released."""
    what = short_digest(entry.image) if entry.image else entry.identity
    by = f"{holder.person.name} in commit {holder.commit[:12]}" if holder else f"commit {entry.commit[:12]}"
    return f"{name} is held: {what} was rolled back by {by}. `imagestream unhold {name}` releases it."


def entries_after_pass(name: IstagName, world: World) -> Entries:
    """The entries that hold an istag after this pass has understood everything that people did."""
    record, edited = world.record, world.edited
    if not any(name in each for each in (record.holds, record.restorable, edited.holds, edited.histories)):
        return ()
    restorable, edit = record.restorable.get(name), edited.histories.get(name)
    tag = world.spec.tag(name)
    known_tag = None if name in world.spec.declarations.broken else tag
    if restorable is not None and name not in record.histories:
        entries = restorable.hold.held if restorable.hold else ()
        return still_holding(entries, restorable.history.top, known_tag, name.stream_name)
    # First without the new entries: an old entry for another source must not count as the hold of a rolled-back image.
    entries = still_holding(_recorded(name, world), None, known_tag, name.stream_name)
    if edit is not None:
        by = edit.commit if edit.person is not None else held_by_this_commit(len(edit.commit))
        entries = rolled_back(entries, edit.transition, by, tag, _last_event(name, edit, world))
    return still_holding(entries, _top(name, world), known_tag, name.stream_name)


def decision(name: IstagName, world: World) -> EditedHistory | None:
    """A person's edit of the stack that is a decision, so that it stays."""
    edit = world.edited.histories.get(name)
    return edit if edit is not None and edit.transition.meaning is Meaning.DECIDED else None


def _recorded(name: IstagName, world: World) -> Entries:
    edit = world.edited.holds.get(name)
    return edit.transition.entries if edit is not None else world.record.held(name)


def _top(name: IstagName, world: World) -> TagEvent | None:
    """What the istag means after this pass has undone what it must."""
    edit = world.edited.histories.get(name)
    if edit is not None and decision(name, world) is None:
        return edit.old.top
    return world.record.top(name)


def _last_event(name: IstagName, edit: EditedHistory, world: World) -> TagEvent | None:
    """The last event of a spec tag that cannot be read now; it shows the source."""
    return edit.old.top if world.spec.is_uncertain(name) else None


def rolled_back(
    entries: Entries, transition: Transition, commit: str, tag: SpecTag | None, last: TagEvent | None = None
) -> Entries:
    """The entries after a person's decision about the stack: new ones first, without those that it releases."""
    stay = without(entries, transition.released)
    known = {entry.identity for entry in stay}
    fresh = [held_image(identity, commit, tag, last) for identity in transition.held if identity not in known]
    return (*fresh, *stay)


def without(entries: Entries, identities: Iterable[str]) -> Entries:
    """The entries except those of some images."""
    gone = set(identities)
    return tuple(entry for entry in entries if entry.identity not in gone)


def still_holding(entries: Entries, top: TagEvent | None, tag: SpecTag | None, stream: StreamName) -> Entries:
    """The entries that still hold: without the image now on top, and without those for another source than now."""
    on_top = [top.identity] if top is not None else []
    return tuple(entry for entry in without(entries, on_top) if tag is None or _same_source(entry, tag, stream))


def _same_source(entry: HeldImage, tag: SpecTag, stream: StreamName) -> bool:
    """Whether the spec tag's `from` is still the one that the entry records; else people have decided anew.

    A version that the tag could have selected counts too: if its file did not load, no more is known of the spec.
    """
    if entry.source is None or tag.source is None:
        return entry.source is tag.source
    return records(entry, tag, stream) or selected(tag, entry.source) is not None


def records(entry: HeldImage, tag: SpecTag, stream: StreamName) -> bool:
    """Whether the entry records the spec tag's source, `importMode` and `reference` included (design 3.4)."""
    if tag.source is None or not tag.source.same(entry.source, stream) or entry.reference is not tag.reference:
        return False
    imported = tag.source.kind is SourceKind.DOCKER_IMAGE and not tag.reference
    return not imported or entry.import_mode is tag.import_mode


def chosen(tag: SpecTag, source: Source | None) -> str | None:
    """The tag of the spec tag's own repository that a recorded source names; None if it names none."""
    if source is None or tag.source is None or source.kind is not SourceKind.DOCKER_IMAGE:
        return None
    try:
        recorded, declared = Reference.parse(source.name), Reference.parse(tag.source.name)
    except InputError:
        return None
    return recorded.tag if recorded.spelling == declared.spelling and recorded.digest is None else None


def selected(tag: SpecTag, source: Source | None) -> str | None:
    """The same, if the spec tag selects that tag."""
    version = chosen(tag, source) if tag.selection is not None else None
    if version is None or tag.selection is None or tag.selection.rank(version) is None:
        return None
    return version
