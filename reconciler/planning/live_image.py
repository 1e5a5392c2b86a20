"""The live image: what a registry has under a source now, due or not, and which hold keeps the istag from it."""

from __future__ import annotations

from reconciler.model.history import Cause, HeldImage
from reconciler.model.observation import Answer, Found
from reconciler.planning.choice import choose
from reconciler.planning.holding import Entries, records
from reconciler.planning.subject import Subject, Subjects


def live_answer(subject: Subject, subjects: Subjects) -> Answer | None:
    """The answer about the source; None for a source that was not looked up in a registry."""
    if subject.tag.selection is not None:
        return choose(subject, subjects, Cause.SCHEDULED).live
    question = subjects.question(subject)
    return subjects.world.observed.answers.get(question) if question else None


def blocking_hold(subject: Subject, entries: Entries, subjects: Subjects) -> HeldImage | None:
    """The entry that keeps an istag from what its source gives, even if no pass is due that would be refused it.

    A source that is never looked up (such as another istag) keeps giving the rolled-back image: its entry holds, unless
    the top also came from that source.
    """
    name, tag = subject.name, subject.tag
    if tag.source is None or not entries:
        return None
    answer = live_answer(subject, subjects)
    if isinstance(answer, Found):
        return next((entry for entry in entries if entry.identity == answer.image), None)
    top = subjects.world.record.top(name)
    is_looked_up = tag.selection is not None or subject.question is not None
    if is_looked_up or (top is not None and tag.source.same(top.source, name.stream_name)):
        return None
    return next((entry for entry in entries if records(entry, tag, name.stream_name)), None)
