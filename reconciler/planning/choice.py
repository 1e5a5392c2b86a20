"""Choices: which of a repository's tags a selecting spec tag means, by what is recorded, the list and the answers.

`chooser` has the rules that each order of selection keeps; `rank` and `newest_build` are the two algorithms.
"""

from __future__ import annotations

from reconciler.model.history import Cause
from reconciler.model.observation import Failure
from reconciler.model.selection import Order
from reconciler.planning.candidate import Choice
from reconciler.planning.chooser import Chooser
from reconciler.planning.newest_build import choose_newest
from reconciler.planning.question import listing, repository
from reconciler.planning.rank import choose_greatest
from reconciler.planning.resolution import Refusal
from reconciler.planning.subject import Subject, Subjects


def choose(subject: Subject, subjects: Subjects, cause: Cause) -> Choice:
    """Choose for a spec tag that selects; `cause` is why."""
    tag, world = subject.tag, subjects.world
    reference, question = repository(tag), listing(subject.name, tag, world.spec.installation)
    answer = world.observed.listings.get(question) if question else None
    if reference is None or tag.selection is None or answer is None:
        return Choice()
    if isinstance(answer, Failure):
        return Choice.refused(Refusal(answer.reason, answer.message))
    chooser = Chooser(subject, subjects, cause, tag.selection, (reference, answer))
    return choose_newest(chooser) if tag.selection.order is Order.NEWEST else choose_greatest(chooser)
