"""The chooser: what each order of selection needs to choose among the tags of a repository.

State is only in git: the version that was chosen last is the `from` of the recorded top. Rules kept here, for each
order of selection:

- it never goes backwards by itself: what is recorded stays until the list has something greater;
- a list that lacks the recorded tag is checked against the registry: if the tag is still there, the list is incomplete
  and changes nothing; if it is gone, the istag keeps its image and only something greater is taken;
- a recorded version that has another digest now is a problem, not a move, and does not block a greater one;
- held images are left out, but never for something lower than what is recorded, or than what a roll back left;
- if the policy was changed so that it no longer selects the recorded version, that is a new declaration, and the istag
  may go backwards.

An answer that is missing so far becomes a `missing` question: the pass sends it and chooses again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from reconciler.model.history import Cause
from reconciler.model.observation import Answer, Failure, Found, Listed, Question, Reason
from reconciler.model.reference import Reference, short_digest
from reconciler.model.selection import Order, Selection
from reconciler.model.stream import Source, SourceKind
from reconciler.model.version import Version
from reconciler.planning.candidate import Choice, RecordedVersion, padded
from reconciler.planning.holding import chosen
from reconciler.planning.question import question_about, version_of
from reconciler.planning.resolution import Refusal, Resolved
from reconciler.planning.subject import Subject, Subjects

_MOST_GONE: Final = 10
"""Listed tags that turn out to be missing before the list is no longer believed."""


class Chooser:
    """The selection of one istag among the tags of one list."""

    def __init__(
        self, subject: Subject, subjects: Subjects, cause: Cause, selection: Selection, place: tuple[Reference, Listed]
    ) -> None:
        self.name = subject.name
        self.tag = subject.tag
        self.cause = cause
        self.selection = selection
        self.reference, self.listed = place
        self.recorded = _recorded(subject, selection)
        self.answers: Mapping[Question, Answer] = subjects.world.observed.answers
        self._installation = subjects.world.spec.installation
        self._entries = subjects.entries(subject.name)
        self._held = {entry.identity for entry in self._entries}

    def incomplete(self) -> Choice | None:
        """The choice if the list lacks the recorded tag and the tag is not known to be gone; else None."""
        recorded = self.recorded
        if recorded is None or recorded.tag in self.listed.tags:
            return None
        answer = self.answer(recorded.tag)
        if answer is None:
            return Choice(missing=frozenset({self.question(recorded.tag)}))
        if isinstance(answer, Found):
            text = (
                f"{self.name}: the list of {self.reference.spelling} lacks {recorded.tag}, which is still there, so "
                "it is incomplete. Nothing is chosen from it; the next pass lists again."
            )
            return Choice.refused(Refusal(Reason.MISMATCH, text), answer)
        return None if answer.reason is Reason.NOT_FOUND else Choice.refused(Refusal(answer.reason, answer.message))

    def first_usable(self, tags: Iterable[str]) -> Choice | None:
        """Check candidates, greatest first, until one can be taken; None if there is none.

        If all of them are held, the greatest held one is chosen, and the plan names who holds it.
        """
        held: Choice | None = None
        gone = 0
        for tag in tags:
            answer = self.answer(tag)
            if answer is None:
                return Choice(missing=frozenset({self.question(tag)}))
            if isinstance(answer, Found):
                found = Choice(self._resolved(tag, answer), live=answer if held is None else held.live)
                if answer.image not in self._held:
                    return found
                held = held or found
                if self.recorded is None:
                    return held  # below what was rolled back there is nothing that a pass may choose by itself
            elif answer.reason is not Reason.NOT_FOUND or gone == _MOST_GONE:
                return Choice.refused(Refusal(answer.reason, answer.message))
            else:
                gone += 1
        return held

    def unchanged(self, *, has_candidates: bool) -> Choice:
        """The choice if nothing is newer: what is recorded stays; if nothing is recorded, nothing is chosen."""
        recorded = self.recorded
        if recorded is not None and recorded.is_selected:
            return self._recorded_again(recorded)
        if has_candidates or (self._entries and recorded is None):
            return Choice()
        what = "says when it was built" if self.selection.order is Order.NEWEST else "fits"
        zeros = padded(self.selection, self.listed)
        advice = self.left_out(zeros[0][1]) if zeros else "Push one that does, or change what is selected."
        text = f"{self.name}: no tag of {self.reference.spelling} {what} ({self.selection}). {advice}"
        return Choice.refused(Refusal(Reason.NOT_FOUND, text))

    def left_out(self, tag: str) -> str:
        """The message about a tag that is not a version only because of a 0."""
        return (
            f"{self.reference.spelling}:{tag} is left out: with a 0 in front of a number it is not a version "
            "(SemVer 2). Publish it without the 0, or select with regex and order: text."
        )

    def has_moved(self, recorded: RecordedVersion, answer: Found) -> bool:
        """Whether the recorded tag has another image in the registry now."""
        same_way = recorded.event.import_mode is self.tag.import_mode and recorded.event.image is not None
        return same_way and answer.image != recorded.event.image

    def answer(self, tag: str) -> Answer | None:
        """The answer about a tag of the repository; None if it was not looked up yet."""
        return self.answers.get(self.question(tag))

    def question(self, tag: str) -> Question:
        """The question for a tag of the repository."""
        return question_about(version_of(self.reference, tag), self.name, self.tag, self._installation)

    def question_by_digest(self, image: str) -> Question:
        """The question for an image of the repository."""
        pinned = Reference.parse(self.reference.pinned(image))
        return question_about(pinned, self.name, self.tag, self._installation)

    def _recorded_again(self, recorded: RecordedVersion) -> Choice:
        answer = self.answer(recorded.tag)
        if answer is None:
            return Choice(missing=frozenset({self.question(recorded.tag)}))
        if isinstance(answer, Failure):
            gone = answer.reason is Reason.NOT_FOUND
            text = f"{answer.message} {self.name} keeps its image." if gone else answer.message
            return Choice.refused(Refusal(answer.reason, text))
        if self.has_moved(recorded, answer) and self.cause is not Cause.REQUESTED and answer.image not in self._held:
            return Choice.refused(Refusal(Reason.MISMATCH, self._moved(recorded, answer)), answer)
        return Choice(self._resolved(recorded.tag, answer), live=answer)

    def _moved(self, recorded: RecordedVersion, answer: Found) -> str:
        was, now = short_digest(recorded.event.image or ""), short_digest(answer.image)
        mutable = self.selection.order is Order.NEWEST and Version.parse(recorded.tag) is None
        why = "which is not newer" if mutable else "but a version never moves"
        return (
            f"{self.name}: {self.reference.spelling}:{recorded.tag} was {was} and now is {now}, {why}. "
            f"It is not followed; `imagestream import {self.name}` takes it."
        )

    def _resolved(self, tag: str, found: Found) -> Resolved:
        return Resolved(
            image=found.image,
            pull_spec=self.reference.pinned(found.image),
            cause=self.cause,
            import_mode=self.tag.import_mode,
            metadata=found.metadata,
            source=Source(SourceKind.DOCKER_IMAGE, str(version_of(self.reference, tag))),
        )


def _recorded(subject: Subject, selection: Selection) -> RecordedVersion | None:
    version = chosen(subject.tag, subject.top.source) if subject.top is not None else None
    if subject.top is None or version is None:
        return None
    return RecordedVersion(version, subject.top, selection.rank(version) is not None)
