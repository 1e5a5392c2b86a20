"""What is due: which spec tags are to be resolved in this pass, for what cause, and what to ask the registries.

A source counts as resolved once the top of the history or a hold records it (design 3.2 rule 2). From then on only a
schedule or a request asks again; a digest, once found, is asked for again by request alone. A selection counts as
resolved while the version that the top records is one that it wants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from reconciler.errors import InputError
from reconciler.model.config import Config, Installation
from reconciler.model.duration import seconds
from reconciler.model.history import Cause, TagHistory, TagHold
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import EveryImage, KnownImages, Listing, Question
from reconciler.model.reference import DEFAULT_TAG, Reference
from reconciler.model.selection import Order
from reconciler.model.stream import INTERVAL_ANNOTATION, SourceKind, SpecTag
from reconciler.planning import undeclared
from reconciler.planning.choice import choose
from reconciler.planning.holding import chosen, records, selected, settled
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.question import listing, repository
from reconciler.planning.transition import Meaning
from reconciler.planning.world import World


def is_resolved(name: IstagName, tag: SpecTag, history: TagHistory | None, hold: TagHold | None) -> bool:
    """Whether the spec tag's source is what the top of the history, or a hold, records."""
    if tag.source is None:
        return True
    stream = name.stream_name
    top = history.top if history else None
    if tag.imported and top is not None and undeclared.is_pushed(top):
        return True
    if tag.selection is not None and top is not None and chosen(tag, top.source) is not None:
        # A policy that does not want what was chosen under another one is a new declaration, hold or not.
        return selected(tag, top.source) is not None and _same_way(tag, history)
    if top is not None and tag.selection is None and tag.source.same(top.source, stream) and _same_way(tag, history):
        return True
    return hold is not None and any(records(entry, tag, stream) for entry in hold.held)


def _same_way(tag: SpecTag, history: TagHistory | None) -> bool:
    """A changed `reference` or `importMode` counts as a changed source (design 3.4, OpenShift's STRAT)."""
    top = history.top if history else None
    if top is None:
        return False
    if tag.reference or tag.source is None or tag.source.kind is not SourceKind.DOCKER_IMAGE:
        return tag.source is None or tag.source.kind is not SourceKind.DOCKER_IMAGE or top.image is None
    return top.image is not None and top.import_mode is tag.import_mode


def cause(name: IstagName, tag: SpecTag, world: World, ask: PassScope) -> Cause | None:
    """Why the spec tag is to be resolved in this pass, or None if it is not due."""
    restored = world.record.restorable.get(name)
    history = world.record.histories.get(name) or (restored.history if restored else None)
    if tag.source is None:
        asked = ask.awaits_tag(name) or name in ask.requested or name.stream_name in ask.streams
        return Cause.PUSHED if asked and not tag.reference else None
    if not is_resolved(name, tag, history, TagHold(name, settled(name, world))):
        return Cause.DECLARED if (ask.declared and name not in ask.resting) or name in ask.requested else None
    if tag.reference or tag.source.kind is SourceKind.ISIMAGE:
        return None
    if tag.source.kind is SourceKind.ISTAG:
        return Cause.FOLLOWED
    if name in ask.requested:
        return Cause.REQUESTED
    return Cause.SCHEDULED if tag.scheduled and _by_tag(tag) and ask.is_due(name) else None


def _by_tag(tag: SpecTag) -> bool:
    return tag.source is not None and "@" not in tag.source.name


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A source that is looked at again and again, or until it is resolved."""

    interval: int
    """Seconds between two looks: the tag's own, else the registry's, else the Config's."""
    host: str
    repository: str
    source: str
    """What is asked; tags that share it are asked about once."""
    tag: str | None = None
    """The registry's tag that is asked for; None where a push of any tag can matter."""
    is_filled_by_pushes: bool = False
    """Whether each of the repository's tags is an istag, so that a push of one concerns that one alone."""


def scheduled(world: World) -> dict[IstagName | StreamName, Scheduled]:
    """What a schedule looks at: spec tags, and streams for what is pushed to them, or imported as a whole.

    A source that is not resolved yet is among them, scheduled or not: a registry that was away when it was declared is
    asked again.
    """
    found: dict[IstagName | StreamName, Scheduled] = {}
    for stream in world.spec.declarations.streams.values():
        awaited = undeclared.awaited(stream, world)
        whole = undeclared.pushed_to(stream.name, world.spec.installation) or awaited
        if whole is not None:
            by_pushes = whole is not awaited and awaited is None
            found[stream.name] = replace(_scheduled(whole, whole.spelling, world, None), is_filled_by_pushes=by_pushes)
        for tag in stream.tags.values():
            name, reference = stream.name.tag(tag.name), repository(tag)
            if reference is not None and cause(name, tag, world, PassScope()) is not None:
                found[name] = _scheduled(reference, str(tag.source), world, tag)
    return found


def _scheduled(reference: Reference, source: str, world: World, tag: SpecTag | None) -> Scheduled:
    interval = interval_of(tag, reference, world.spec.config, world.spec.installation)
    one = reference.tag or DEFAULT_TAG if tag is not None and tag.selection is None and not reference.digest else None
    return Scheduled(interval, reference.host, reference.repository, source, one)


def interval_of(tag: SpecTag | None, reference: Reference, config: Config, installation: Installation) -> int:
    """Seconds between two looks at a source: what is said of less goes before what is said of more."""
    rule = installation.rule_for(reference.host, reference.repository)
    general = rule.interval or config.interval
    try:
        return max(1, seconds(tag.annotations[INTERVAL_ANNOTATION]) if tag else general)
    except (KeyError, InputError):  # a malformed one is a finding of its own
        return max(1, general)


def unresolved(world: World) -> Iterator[tuple[IstagName, SpecTag]]:
    """The declared tags whose source no history and no hold records yet, and those of repositories to be imported."""
    for each in undeclared.wanted(world, PassScope(scheduled=False)):
        yield each.name, each.tag
    for stream in world.spec.declarations.streams.values():
        for tag in stream.tags.values():
            name = stream.name.tag(tag.name)
            if cause(name, tag, world, PassScope(scheduled=False)) is Cause.DECLARED:
                yield name, tag


def questions(world: World, ask: PassScope, *, everything: bool = False) -> dict[Question, KnownImages]:
    """The distinct questions of a pass, each with the images whose digest is enough: nobody will write of them.

    With `everything` also those of tags that are not due: `status` wants to know what the registry holds, and writes
    nothing.
    """
    found: dict[Question, KnownImages] = {}
    for name, tag, why in _due(world, ask, everything=everything):
        known = _known(name, tag, world, everything=everything)
        for asked in _asked(name, tag, world, why):
            found[asked] = found.get(asked, known) & known
    return found


def listings(world: World, ask: PassScope, *, everything: bool = False) -> frozenset[Listing]:
    """The distinct lists of tags that a pass selects from."""
    wanted = (listing(name, tag, world.spec.installation) for name, tag, _ in _due(world, ask, everything=everything))
    return frozenset(each for each in (*wanted, *undeclared.listings(world, ask)) if each is not None)


def _due(world: World, ask: PassScope, *, everything: bool) -> Iterator[tuple[IstagName, SpecTag, Cause]]:
    """The tags to look at, and why; with `everything` those that are not due too."""
    yield from (
        (each.name, each.tag, each.cause) for each in undeclared.wanted(world, ask) if _stands(each.name, world)
    )
    for name, tag in undeclared.recorded(world):
        if (everything or (ask.scheduled and name in world.record.holds)) and _stands(name, world):
            yield name, tag, Cause.SCHEDULED
    for stream in world.spec.declarations.streams.values():
        for tag in stream.tags.values():
            name = stream.name.tag(tag.name)
            held = ask.scheduled and name in world.record.holds  # asked to say so, whether or not it is due
            why = cause(name, tag, world, ask) or (Cause.SCHEDULED if everything or held else None)
            if why is not None and _stands(name, world):
                yield name, tag, why


def _asked(name: IstagName, tag: SpecTag, world: World, why: Cause) -> Iterable[Question]:
    if tag.selection is not None:
        return choose(name, tag, world, why).missing
    asked = undeclared.asked_question(name, tag, world)
    return () if asked is None else (asked,)


def _known(name: IstagName, tag: SpecTag, world: World, *, everything: bool) -> KnownImages:
    """The images that a registry need not show, for none becomes an event; none where build times are compared."""
    if tag.selection is not None and tag.selection.order is Order.NEWEST:
        return frozenset()
    if everything:
        return EveryImage()
    history = world.record.histories.get(name)
    top = history.top.image if history and history.top else None
    held = [entry.image for entry in settled(name, world)]
    return frozenset(image for image in (top, *held) if image)


def _stands(name: IstagName, world: World) -> bool:
    """Whether the istag can be decided at all: its files read, and nothing in its history has to be undone."""
    foreign = world.edited.histories.get(name)
    return name not in world.record.unreadable and (foreign is None or foreign.transition.meaning is Meaning.DECIDED)
