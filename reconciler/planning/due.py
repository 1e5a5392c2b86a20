"""What is due: which spec tags are to be resolved in this pass, for what cause, and what to ask the registries.

A source counts as resolved once the top of the history or a hold records it (design 3.2 rule 2). From then on only a
schedule or a request asks again; a digest, once found, is asked for again by request alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import InputError
from reconciler.model.config import Installation
from reconciler.model.history import Cause, TagHistory, TagHold
from reconciler.model.name import IstagName
from reconciler.model.observation import Platform, Question
from reconciler.model.reference import Reference
from reconciler.model.stream import PREFER_ARCH_ANNOTATION, PREFER_OS_ANNOTATION, SourceKind, SpecTag
from reconciler.planning.holding import settled
from reconciler.planning.transition import Meaning
from reconciler.planning.world import Ask, World


def is_resolved(name: IstagName, tag: SpecTag, history: TagHistory | None, hold: TagHold | None) -> bool:
    """Whether the spec tag's source is what the top of the history, or a hold, records."""
    if tag.source is None:
        return True
    stream = name.stream_name
    top = history.top if history else None
    if top is not None and tag.source.same(top.source, stream) and _same_way(tag, history):
        return True
    return hold is not None and any(tag.source.same(held.source, stream) for held in hold.held)


def _same_way(tag: SpecTag, history: TagHistory | None) -> bool:
    """A changed `reference` or `importMode` counts as a changed source (design 3.4, OpenShift's STRAT)."""
    top = history.top if history else None
    if top is None:
        return False
    if tag.reference or tag.source is None or tag.source.kind is not SourceKind.DOCKER_IMAGE:
        return tag.source is None or tag.source.kind is not SourceKind.DOCKER_IMAGE or top.image is None
    return top.image is not None and top.import_mode is tag.import_mode


def cause(name: IstagName, tag: SpecTag, world: World, ask: Ask) -> Cause | None:
    """Why the spec tag is to be resolved in this pass, or None if it is not due."""
    restored = world.restorable.get(name)
    history = world.histories.get(name) or (restored.history if restored else None)
    if tag.source is None:
        return None
    if not is_resolved(name, tag, history, TagHold(name, settled(name, world))):
        return Cause.DECLARED if ask.declared or name in ask.requested else None
    if tag.reference or tag.source.kind is SourceKind.ISIMAGE:
        return None
    if tag.source.kind is SourceKind.ISTAG:
        return Cause.FOLLOWED
    if name in ask.requested:
        return Cause.REQUESTED
    return Cause.SCHEDULED if ask.scheduled and tag.scheduled and _by_tag(tag) else None


def _by_tag(tag: SpecTag) -> bool:
    return tag.source is not None and "@" not in tag.source.name


def question(name: IstagName, tag: SpecTag, installation: Installation) -> Question | None:
    """What to ask a registry about a spec tag; None where there is nothing to ask or the pull spec is malformed."""
    if tag.source is None or tag.source.kind is not SourceKind.DOCKER_IMAGE or tag.reference:
        return None
    try:
        reference = Reference.parse(tag.source.name)
    except InputError:
        return None
    platform = Platform(tag.annotations.get(PREFER_OS_ANNOTATION), tag.annotations.get(PREFER_ARCH_ANNOTATION))
    lent = installation.rule_for(reference.host, reference.repository).lends_to(name.namespace)
    return Question.about(
        reference, import_mode=tag.import_mode, insecure=tag.insecure, platform=platform, anonymous=not lent
    )


def unresolved(world: World) -> Iterator[tuple[IstagName, SpecTag]]:
    """The declared tags whose source no history and no hold records yet."""
    for stream in world.declarations.streams.values():
        for tag in stream.tags.values():
            name = stream.name.tag(tag.name)
            if cause(name, tag, world, Ask(scheduled=False)) is Cause.DECLARED:
                yield name, tag


def questions(world: World, ask: Ask, *, everything: bool = False) -> dict[Question, frozenset[str]]:
    """The distinct questions of a pass, each with the images that need no metadata because histories know them.

    With `everything` also those of tags that are not due: `status` wants to know what the registry holds.
    """
    found: dict[Question, set[str]] = {}
    for stream in world.declarations.streams.values():
        for tag in stream.tags.values():
            name = stream.name.tag(tag.name)
            asked = question(name, tag, world.installation)
            if asked is None or not _stands(name, world) or not (everything or cause(name, tag, world, ask)):
                continue
            history = world.histories.get(name)
            known = {event.image for event in history.items if event.image} if history else set()
            shared = found.get(asked)
            found[asked] = known if shared is None else shared & known
    return {asked: frozenset(known) for asked, known in found.items()}


def _stands(name: IstagName, world: World) -> bool:
    """Whether the istag can be decided at all: its files read, and nothing in its history has to be undone."""
    foreign = world.foreign.get(name)
    return name not in world.unreadable and (foreign is None or foreign.transition.meaning is Meaning.DECIDED)
