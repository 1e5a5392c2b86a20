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

    Without a spec tag the last event says what it declared.
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
    """What holds an istag once everything is understood that people did: the entries to stand after this pass."""
    record, edited = world.record, world.edited
    if not any(name in each for each in (record.holds, record.restorable, edited.holds, edited.histories)):
        return ()
    restorable, foreign = world.record.restorable.get(name), world.edited.histories.get(name)
    tag = world.spec.tag(name)
    known_tag = None if name in world.spec.declarations.broken else tag
    if restorable is not None and name not in world.record.histories:
        entries = restorable.hold.held if restorable.hold else ()
        return still_holding(entries, restorable.history.top, known_tag, name.stream_name)
    # Before what was rolled back is added: an entry for another source does not hold it, or would end it again.
    entries = still_holding(_recorded(name, world), None, known_tag, name.stream_name)
    if foreign is not None:
        by = foreign.commit if foreign.person is not None else held_by_this_commit(len(foreign.commit))
        entries = rolled_back(entries, foreign.transition, by, tag, _last_event(name, foreign, world))
    return still_holding(entries, _top(name, world), known_tag, name.stream_name)


def decision(name: IstagName, world: World) -> EditedHistory | None:
    """What people did to the stack, if it is a decision that stays."""
    foreign = world.edited.histories.get(name)
    return foreign if foreign is not None and foreign.transition.meaning is Meaning.DECIDED else None


def _recorded(name: IstagName, world: World) -> Entries:
    foreign, hold = world.edited.holds.get(name), world.record.holds.get(name)
    if foreign is not None:
        return foreign.transition.entries
    return hold.held if hold is not None else ()


def _top(name: IstagName, world: World) -> TagEvent | None:
    """What the istag means after this pass has undone what is to be undone."""
    foreign = world.edited.histories.get(name)
    if foreign is not None and decision(name, world) is None:
        return foreign.old.top
    history = world.record.histories.get(name)
    return history.top if history else None


def _last_event(name: IstagName, foreign: EditedHistory, world: World) -> TagEvent | None:
    """What the spec tag gave when it could last be read, where it cannot be now."""
    return foreign.old.top if world.spec.is_uncertain(name) else None


def rolled_back(
    entries: Entries, transition: Transition, commit: str, tag: SpecTag | None, last: TagEvent | None = None
) -> Entries:
    """The entries after a person's decision about the stack: new ones first, without those it releases."""
    stay = without(entries, transition.released)
    known = {entry.identity for entry in stay}
    fresh = [held_image(identity, commit, tag, last) for identity in transition.held if identity not in known]
    return (*fresh, *stay)


def without(entries: Entries, identities: Iterable[str]) -> Entries:
    """The entries but for some images."""
    gone = set(identities)
    return tuple(entry for entry in entries if entry.identity not in gone)


def still_holding(entries: Entries, top: TagEvent | None, tag: SpecTag | None, stream: StreamName) -> Entries:
    """The entries that still hold: not the image now on top, not those whose spec tag names another source by now."""
    on_top = [top.identity] if top is not None else []
    return tuple(entry for entry in without(entries, on_top) if tag is None or _same_source(entry, tag, stream))


def _same_source(entry: HeldImage, tag: SpecTag, stream: StreamName) -> bool:
    """Whether people have not decided anew since: the spec tag's `from` is the one the entry records.

    Or a version that the tag could have selected: all that is known of the spec where its file did not load.
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
    """The tag of the spec tag's own repository that a recorded source names; None where it names none."""
    if source is None or tag.source is None or source.kind is not SourceKind.DOCKER_IMAGE:
        return None
    try:
        recorded, declared = Reference.parse(source.name), Reference.parse(tag.source.name)
    except InputError:
        return None
    return recorded.tag if recorded.spelling == declared.spelling and recorded.digest is None else None


def selected(tag: SpecTag, source: Source | None) -> str | None:
    """Likewise, where the spec tag's selection wants that tag."""
    version = chosen(tag, source) if tag.selection is not None else None
    if version is None or tag.selection is None or tag.selection.rank(version) is None:
        return None
    return version
