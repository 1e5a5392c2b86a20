"""Lookups: the questions of a pass to registries, each distinct question once however many tags share it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model.history import Cause
from reconciler.model.observation import EveryImage, KnownImages, Listing, Question
from reconciler.model.selection import Order
from reconciler.planning import repository_list
from reconciler.planning.choice import choose
from reconciler.planning.question import listing
from reconciler.planning.subject import Subject, Subjects


def questions(subjects: Subjects, *, everything: bool = False) -> dict[Question, KnownImages]:
    """The distinct questions of a pass, each with the images whose digest is enough, since no event comes of them.

    With `everything` also those of tags that are not due: `status` compares all tags, and writes nothing.
    """
    found: dict[Question, KnownImages] = {}
    for subject, cause in _looked_up(subjects, everything=everything):
        known = _known(subject, subjects, everything=everything)
        for question in _questions(subject, subjects, cause):
            found[question] = found.get(question, known) & known
    return found


def listings(subjects: Subjects, *, everything: bool = False) -> frozenset[Listing]:
    """The distinct lists of tags that a pass selects from."""
    installation = subjects.world.spec.installation
    looked_up = _looked_up(subjects, everything=everything)
    selected = (listing(each.name, each.tag, installation) for each, _ in looked_up if each.tag.selection is not None)
    whole = repository_list.listings(subjects.world, subjects.scope)
    return frozenset(each for each in (*selected, *whole) if each is not None)


def _looked_up(subjects: Subjects, *, everything: bool) -> Iterator[tuple[Subject, Cause]]:
    """The istags to look up, and why; with `everything` those that are not due too."""
    holds = subjects.world.record.holds if subjects.scope.scheduled else {}
    for subject in (*subjects.undeclared.values(), *subjects.recorded.values(), *subjects.declared()):
        is_reported = everything or subject.name in holds  # `status` and `plan` report it, due or not
        cause = subject.cause or (Cause.SCHEDULED if is_reported else None)
        if cause is not None and subjects.is_decidable(subject.name):
            yield subject, cause


def _questions(subject: Subject, subjects: Subjects, cause: Cause) -> Iterable[Question]:
    if subject.tag.selection is not None:
        return choose(subject, subjects, cause).missing
    question = subjects.question(subject)
    return () if question is None else (question,)


def _known(subject: Subject, subjects: Subjects, *, everything: bool) -> KnownImages:
    """The images that a registry need not show, because none becomes an event; none if build times are compared."""
    if subject.tag.selection is not None and subject.tag.selection.order is Order.NEWEST:
        return frozenset()
    if everything:
        return EveryImage()
    top = subjects.world.record.top(subject.name)
    held = [entry.image for entry in subjects.entries(subject.name)]
    return frozenset(image for image in (top.image if top else None, *held) if image)
