"""Inquiries: what to ask a registry about a spec tag, in the installation's terms."""

from __future__ import annotations

import dataclasses

from reconciler.errors import InputError
from reconciler.model.config import Installation
from reconciler.model.name import IstagName
from reconciler.model.observation import Listing, Platform, Question
from reconciler.model.reference import Reference
from reconciler.model.stream import PREFER_ARCH_ANNOTATION, PREFER_OS_ANNOTATION, SourceKind, SpecTag


def repository(tag: SpecTag) -> Reference | None:
    """The pull spec that a spec tag imports; None where it imports nothing, or names nothing that can be asked for."""
    if tag.source is None or tag.source.kind is not SourceKind.DOCKER_IMAGE or tag.reference:
        return None
    try:
        return Reference.parse(tag.source.name)
    except InputError:
        return None


def question(name: IstagName, tag: SpecTag, installation: Installation) -> Question | None:
    """What to ask about a spec tag that names its image; None where there is nothing to ask, or a choice to make."""
    reference = repository(tag)
    if reference is None or tag.selection is not None:
        return None
    return question_about(reference, name, tag, installation)


def question_about(reference: Reference, name: IstagName, tag: SpecTag, installation: Installation) -> Question:
    """What to ask about an image, the way the spec tag wants its images."""
    return Question.about(
        reference,
        import_mode=tag.import_mode,
        insecure=tag.insecure,
        platform=Platform(tag.annotations.get(PREFER_OS_ANNOTATION), tag.annotations.get(PREFER_ARCH_ANNOTATION)),
        anonymous=not _lent(reference, name, installation),
    )


def version_of(reference: Reference, version: str) -> Reference:
    """The pull spec of one tag of the repository."""
    return dataclasses.replace(reference, tag=version, digest=None)


def listing(name: IstagName, tag: SpecTag, installation: Installation) -> Listing | None:
    """The list that a spec tag selects from; None where it has no choice to make."""
    reference = repository(tag)
    if reference is None or tag.selection is None:
        return None
    return listing_of(reference, name, installation, insecure=tag.insecure)


def listing_of(reference: Reference, name: IstagName, installation: Installation, *, insecure: bool) -> Listing:
    """What to ask for all tags of a repository, in the namespace of an istag."""
    anonymous = not _lent(reference, name, installation)
    return Listing(reference.host, reference.repository, insecure=insecure, anonymous=anonymous)


def _lent(reference: Reference, name: IstagName, installation: Installation) -> bool:
    return installation.rule_for(reference.host, reference.repository).lends_to(name.namespace)
