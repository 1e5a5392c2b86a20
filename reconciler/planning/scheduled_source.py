"""Scheduled sources: what is looked up again and again, or until it is resolved, and how often."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.errors import InputError
from reconciler.model.config import Config, Installation
from reconciler.model.duration import seconds
from reconciler.model.name import IstagName, StreamName
from reconciler.model.reference import DEFAULT_TAG, Reference
from reconciler.model.stream import INTERVAL_ANNOTATION, SpecTag
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.question import pushed_to, repository
from reconciler.planning.repository_list import not_yet_imported
from reconciler.planning.subject import Subjects
from reconciler.planning.world import World


@dataclass(frozen=True, slots=True)
class ScheduledSource:
    """A source that is looked up again and again, or until it is resolved."""

    interval: int
    """Seconds between two lookups: the tag's own, else the registry's, else the Config's."""
    host: str
    repository: str
    source: str
    """What is looked up; tags that share it are looked up once."""
    tag: str | None = None
    """The registry's tag that is looked up; None if a push of any tag can matter."""
    is_filled_by_pushes: bool = False
    """Whether each of the repository's tags is an istag, so that a push of a tag concerns that istag alone."""


def scheduled_sources(world: World) -> dict[IstagName | StreamName, ScheduledSource]:
    """What a schedule looks up: spec tags, and streams for what is pushed to them, or imported as a whole.

    A source that is not resolved yet is among them, scheduled or not: if its registry was unavailable when it was
    declared, it is looked up again.
    """
    found: dict[IstagName | StreamName, ScheduledSource] = {}
    for stream in world.spec.declarations.streams.values():
        imported = not_yet_imported(stream, world)
        whole = pushed_to(stream.name, world.spec.installation) or imported
        if whole is not None:
            by_pushes = whole is not imported and imported is None
            source = _scheduled(whole, whole.spelling, world, None)
            found[stream.name] = replace(source, is_filled_by_pushes=by_pushes)
    for subject in Subjects(world, PassScope()).declared():
        reference = repository(subject.tag)
        if reference is not None and subject.cause is not None:
            found[subject.name] = _scheduled(reference, str(subject.tag.source), world, subject.tag)
    return found


def _scheduled(reference: Reference, source: str, world: World, tag: SpecTag | None) -> ScheduledSource:
    interval = interval_of(tag, reference, world.spec.config, world.spec.installation)
    one = reference.tag or DEFAULT_TAG if tag is not None and tag.selection is None and not reference.digest else None
    return ScheduledSource(interval, reference.host, reference.repository, source, one)


def interval_of(tag: SpecTag | None, reference: Reference, config: Config, installation: Installation) -> int:
    """Seconds between two lookups of a source. The narrower setting wins: the tag's, the registry's, the Config's."""
    rule = installation.rule_for(reference.host, reference.repository)
    general = rule.interval or config.interval
    try:
        return max(1, seconds(tag.annotations[INTERVAL_ANNOTATION]) if tag else general)
    except (KeyError, InputError):  # a malformed one is a finding of its own
        return max(1, general)
