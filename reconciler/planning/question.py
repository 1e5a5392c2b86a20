"""Questions to registries: for the image of a spec tag, and for the tags of a repository.

A question is anonymous unless a rule of the installation lends the registry's credentials to the namespace.
"""

from __future__ import annotations

import dataclasses

from reconciler.errors import InputError
from reconciler.model.config import Installation
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Listed, Listing, Platform, Question
from reconciler.model.reference import Reference
from reconciler.model.stream import PREFER_ARCH_ANNOTATION, PREFER_OS_ANNOTATION, SourceKind, SpecTag
from reconciler.planning.world import World


def repository(tag: SpecTag) -> Reference | None:
    """The pull spec that a spec tag imports; None if it imports nothing, or its pull spec is malformed."""
    if tag.source is None or tag.source.kind is not SourceKind.DOCKER_IMAGE or tag.reference:
        return None
    try:
        return Reference.parse(tag.source.name)
    except InputError:
        return None


def question(name: IstagName, tag: SpecTag, installation: Installation) -> Question | None:
    """The question for a spec tag that names its image; None if it names none, or selects among tags."""
    reference = repository(tag)
    if reference is None or tag.selection is not None:
        return None
    return question_about(reference, name, tag, installation)


def question_about(reference: Reference, name: IstagName, tag: SpecTag, installation: Installation) -> Question:
    """The question for an image, in the mode and for the platform that the spec tag prefers."""
    return Question.about(
        reference,
        import_mode=tag.import_mode,
        insecure=tag.insecure,
        platform=Platform(tag.annotations.get(PREFER_OS_ANNOTATION), tag.annotations.get(PREFER_ARCH_ANNOTATION)),
        anonymous=not _lent(reference, name, installation),
    )


def push_question(name: IstagName, tag: SpecTag, world: World) -> Question | None:
    """The question for what was pushed to an istag; None if the integrated registry does not list its tag."""
    reference = pushed_to(name.stream_name, world.spec.installation)
    if reference is None:
        return None
    listed = world.observed.listings.get(listing_of(reference, name, world.spec.installation, insecure=False))
    if not isinstance(listed, Listed) or name.tag not in listed.tags:
        return None
    return question_about(version_of(reference, name.tag), name, tag, world.spec.installation)


def takes_pushes(tag: SpecTag) -> bool:
    """Whether a push may fill the spec tag: one without `from`, or with a source from `dockerImageRepository`."""
    return (tag.source is None and not tag.reference) or tag.imported


def pushed_to(stream: StreamName, installation: Installation) -> Reference | None:
    """The repository of a stream in the integrated registry, by the first such rule; None without a rule."""
    rule = next((rule for rule in installation.registries if rule.integrated), None)
    if rule is None:
        return None
    spelling = f"{rule.prefix.rstrip('/')}/{stream}"
    return Reference(spelling, rule.where.host, spelling.partition("/")[2], None, None)


def version_of(reference: Reference, version: str) -> Reference:
    """The pull spec of one tag of the repository."""
    return dataclasses.replace(reference, tag=version, digest=None)


def listing(name: IstagName, tag: SpecTag, installation: Installation) -> Listing | None:
    """The list that a spec tag selects from; None if it does not select."""
    reference = repository(tag)
    if reference is None or tag.selection is None:
        return None
    return listing_of(reference, name, installation, insecure=tag.insecure)


def listing_of(reference: Reference, name: IstagName, installation: Installation, *, insecure: bool) -> Listing:
    """The list of all tags of a repository, requested in the namespace of an istag."""
    anonymous = not _lent(reference, name, installation)
    return Listing(reference.host, reference.repository, insecure=insecure, anonymous=anonymous)


def _lent(reference: Reference, name: IstagName, installation: Installation) -> bool:
    return installation.rule_for(reference.host, reference.repository).lends_to(name.namespace)
