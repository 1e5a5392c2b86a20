"""Choices: which of a repository's tags a selecting spec tag means, by what is recorded, the list and the answers.

State is only in git: the version that was chosen last is the `from` of the recorded top. Rules kept here:

- it never goes backwards by itself: what is recorded stays until the list has something greater;
- a list that lacks the recorded tag is checked against the registry: where the tag is still there, the list is
  incomplete and changes nothing; where it is gone, the istag keeps its image and only something greater is taken;
- a recorded version that has another digest now is a problem, not a move, and does not block a greater one;
- a tag that is no version only for a 0 in front of a number (`2026.02.0`) is said, where it would be the greatest;
- held images are passed over, and never for something lower than what is recorded, or than a roll back left standing;
- a build time that is yet to come orders nothing, and is said;
- who changes the policy so that the recorded version is none of it any more declares anew, and may go backwards.

What has not been asked yet is `missing`: whoever observes asks for it and comes again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from reconciler.model.excerpt import excerpt
from reconciler.model.history import Cause, TagEvent
from reconciler.model.name import IstagName
from reconciler.model.observation import Answer, Failure, Found, ImageMetadata, Listed, Question, Reason
from reconciler.model.reference import Reference, short_digest
from reconciler.model.selection import Order, Rank, Selection
from reconciler.model.stream import Source, SourceKind, SpecTag
from reconciler.model.version import Version
from reconciler.planning import question
from reconciler.planning.holding import chosen, settled
from reconciler.planning.outcome import Outcome, Refusal, Wanted
from reconciler.planning.world import World

MAX_COMPARED = 50
"""Tags whose build times are compared; each costs up to four requests."""
_MOST_GONE = 10
"""Listed tags that turn out not to be there before the list is not believed any more."""

Candidates = Sequence[tuple[Rank, str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a selection comes to, as far as the registries have answered."""

    outcome: Outcome = None
    missing: frozenset[Question] = frozenset()
    """What has to be asked before there is an outcome."""
    live: Answer | None = None
    """What the registry has for the greatest wanted tag, recorded or newer; for `status`."""


def choose(name: IstagName, tag: SpecTag, world: World, cause: Cause) -> Choice:
    """Choose for a spec tag that selects."""
    reference, listing = question.repository(tag), question.listing(name, tag, world.spec.installation)
    answer = world.observed.listings.get(listing) if listing else None
    if reference is None or tag.selection is None or answer is None:
        return Choice()
    if isinstance(answer, Failure):
        return _refused(Refusal(answer.reason, answer.message))
    desk = _Desk(name, tag, world, cause, reference, answer)
    return desk.newest() if tag.selection.order is Order.NEWEST else desk.greatest(tag.selection)


@lru_cache(maxsize=16)
def _ranked(selection: Selection, listed: Listed) -> Candidates:
    """The wanted tags, greatest first; of equal ones the greater text, whatever the order of the list."""
    found = [(rank, tag) for tag in listed.tags if (rank := selection.rank(tag)) is not None]
    return tuple(sorted(found, reverse=True))


@lru_cache(maxsize=16)
def _padded(selection: Selection, listed: Listed) -> Candidates:
    """The tags that are no version only for a 0 in front of a number, greatest first."""
    found = [(rank, tag) for tag in listed.tags if (rank := selection.padded(tag)) is not None]
    return tuple(sorted(found, reverse=True))


def _refused(refusal: Refusal, live: Answer | None = None) -> Choice:
    return Choice(refusal, live=live or Failure(refusal.reason, refusal.message))


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What the istag means now, as far as it came from the same repository."""

    tag: str
    event: TagEvent
    wanted: bool
    """Whether the selection still wants that tag."""


class _Desk:
    """One choice."""

    def __init__(
        self, name: IstagName, tag: SpecTag, world: World, cause: Cause, reference: Reference, listed: Listed
    ) -> None:
        self._name = name
        self._tag = tag
        self._world = world
        self._cause = cause
        self._reference = reference
        self._listed = listed
        self._recorded = _recorded(name, tag, world)
        self._entries = settled(name, world)
        self._held = {entry.identity for entry in self._entries}

    def greatest(self, selection: Selection) -> Choice:
        """The choice by rank."""
        candidates = _ranked(selection, self._listed)
        recorded = self._recorded
        floor = selection.rank(recorded.tag) if recorded is not None else None
        newer = [tag for rank, tag in candidates if floor is None or rank > floor]
        doubt = self._doubt()
        if doubt is not None:
            return doubt
        best = max([*(rank for rank, _ in candidates[:1]), *([floor] if floor is not None else [])], default=None)
        choice = self._walk(newer) or self._stays(candidates=bool(candidates))
        return _beside(self._no_version(selection, best), choice)

    def _no_version(self, selection: Selection, best: Rank | None) -> Refusal | None:
        """What is said of a tag that would be the greatest if its numbers had no 0 in front."""
        padded = _padded(selection, self._listed)
        if not padded or (best is not None and padded[0][0] <= best):
            return None
        return Refusal(Reason.INVALID, f"{self._name}: {self._passed_over(padded[0][1])}", waits=True)

    def _passed_over(self, tag: str) -> str:
        return (
            f"{self._reference.spelling}:{tag} is passed over: with a 0 in front of a number it is no version "
            "(SemVer 2). Publish it without, or select with regex and order: text."
        )

    def newest(self) -> Choice:
        """The choice by build time."""
        selection = self._tag.selection
        tags = [tag for _, tag in _ranked(selection, self._listed)] if selection else []
        if len(tags) > MAX_COMPARED:
            text = (
                f"{self._name}: {len(tags)} tags of {self._reference.spelling} are to be compared by build time, "
                f"{MAX_COMPARED} at most can be. Narrow them with match and exclude."
            )
            return _refused(Refusal(Reason.INVALID, text))
        doubt = self._doubt()
        if doubt is not None:
            return doubt
        answers = {tag: self._answer(tag) for tag in tags}
        missing = {self._question(tag) for tag, answer in answers.items() if answer is None}
        missing = missing or self._build_time_missing(answers.values())  # mostly one of the tags is what is recorded
        if missing:
            return Choice(missing=frozenset(missing))
        failed = next((each for each in answers.items() if _is_failure(each[1])), None)
        if failed is not None and isinstance(failed[1], Failure):
            text = f"{failed[1].message} It may be the newest, so nothing is chosen; exclude leaves a tag out."
            return _refused(Refusal(failed[1].reason, text))
        return self._by_build_time({tag: each for tag, each in answers.items() if isinstance(each, Found)})

    def _by_build_time(self, answers: dict[str, Found]) -> Choice:
        timed = sorted(((when, tag) for tag, found in answers.items() if (when := _built(found))), reverse=True)
        doubt = self._premature(answers)
        if not timed:
            return _beside(doubt, self._stays(candidates=doubt is not None))
        standing = self._recorded_image(answers.values())
        floor = _built(standing) if standing is not None else None
        if floor is None and self._is_floored and self._cause is not Cause.REQUESTED:
            why = "nothing tells when the recorded image was built"
            if standing is not None and standing.metadata is not None and standing.metadata.premature:
                why = f"the recorded image says that it was built {_said(standing.metadata)}"
            text = (
                f"{self._name}: {why}, so nothing tells what is newer. "
                f"`imagestream import {self._name}` takes the newest of {self._reference.spelling}."
            )
            return _refused(Refusal(Reason.MISMATCH, text))
        newer = [tag for when, tag in timed if (floor is None or when > floor) and not self._is_moved_version(tag)]
        return _beside(doubt, self._walk(newer) or self._stays(candidates=True))

    def _premature(self, answers: Mapping[str, Found]) -> Refusal | None:
        """What is said of build times that are yet to come: one of them would stay the newest for years."""
        times = {tag: found.metadata for tag, found in answers.items() if found.metadata and found.metadata.premature}
        if not times:
            return None
        tag = min(times)
        more = f" (likewise {len(times) - 1} more)" if len(times) > 1 else ""
        text = (
            f"{self._name}: {self._reference.spelling}:{tag} says that it was built {_said(times[tag])}{more}. "
            "It is not compared; leave it out with exclude."
        )
        return Refusal(Reason.MISMATCH, text)

    # What is recorded

    @property
    def _is_floored(self) -> bool:
        """Whether nothing may be taken that is older than what is recorded."""
        return self._recorded is not None and self._recorded.wanted

    def _doubt(self) -> Choice | None:
        """The recorded tag is missing from the list: is it gone, or is the list cut?"""
        recorded = self._recorded
        if recorded is None or recorded.tag in self._listed.tags:
            return None
        answer = self._answer(recorded.tag)
        if answer is None:
            return Choice(missing=frozenset({self._question(recorded.tag)}))
        if isinstance(answer, Found):
            text = (
                f"{self._name}: the list of {self._reference.spelling} lacks {recorded.tag}, which is still there, so "
                "it is incomplete. Nothing is chosen from it; the next pass lists again."
            )
            return _refused(Refusal(Reason.MISMATCH, text), answer)
        return None if answer.reason is Reason.NOT_FOUND else _refused(Refusal(answer.reason, answer.message))

    def _stays(self, *, candidates: bool) -> Choice:
        """Nothing newer: what is recorded stays; where nothing is, `candidates` says whether there was a choice."""
        recorded = self._recorded
        if recorded is not None and recorded.wanted:
            return self._standing(recorded)
        if candidates or (self._entries and recorded is None):
            return Choice()
        selection = self._tag.selection
        what = "says when it was built" if selection and selection.order is Order.NEWEST else "fits"
        advice = "Push one that does, or change what is selected."
        padded = _padded(selection, self._listed) if selection else ()
        advice = self._passed_over(padded[0][1]) if padded else advice
        text = f"{self._name}: no tag of {self._reference.spelling} {what} ({selection}). {advice}"
        return _refused(Refusal(Reason.NOT_FOUND, text))

    def _standing(self, recorded: _Recorded) -> Choice:
        answer = self._answer(recorded.tag)
        if answer is None:
            return Choice(missing=frozenset({self._question(recorded.tag)}))
        if isinstance(answer, Failure):
            gone = answer.reason is Reason.NOT_FOUND
            text = f"{answer.message} {self._name} keeps its image." if gone else answer.message
            return _refused(Refusal(answer.reason, text))
        if self._has_moved(recorded, answer) and self._cause is not Cause.REQUESTED and answer.image not in self._held:
            return _refused(Refusal(Reason.MISMATCH, self._moved(recorded, answer)), answer)
        return Choice(self._wanted(recorded.tag, answer), live=answer)

    def _has_moved(self, recorded: _Recorded, answer: Found) -> bool:
        same_way = recorded.event.import_mode is self._tag.import_mode and recorded.event.image is not None
        return same_way and answer.image != recorded.event.image

    def _moved(self, recorded: _Recorded, answer: Found) -> str:
        was, now = short_digest(recorded.event.image or ""), short_digest(answer.image)
        mutable = self._tag.selection is not None and self._tag.selection.order is Order.NEWEST
        why = "which is not newer" if mutable and Version.parse(recorded.tag) is None else "but a version never moves"
        return (
            f"{self._name}: {self._reference.spelling}:{recorded.tag} was {was} and now is {now}, {why}. "
            f"It is not followed; `imagestream import {self._name}` takes it."
        )

    def _is_moved_version(self, tag: str) -> bool:
        """A tag that looks like a version is not followed to another image, however new that is."""
        recorded, answer = self._recorded, self._answer(tag)
        if recorded is None or recorded.tag != tag or not isinstance(answer, Found) or Version.parse(tag) is None:
            return False
        return self._has_moved(recorded, answer)

    def _build_time_missing(self, answers: Iterable[Answer | None]) -> set[Question]:
        """The recorded image itself, where none of the candidates is it."""
        if not self._is_floored or self._recorded is None or self._recorded.event.image is None:
            return set()
        if any(isinstance(answer, Found) and answer.image == self._recorded.event.image for answer in answers):
            return set()
        asked = self._by_digest(self._recorded.event.image)
        return set() if asked in self._world.observed.answers else {asked}

    def _recorded_image(self, answers: Iterable[Found]) -> Found | None:
        """What is known of the recorded image; None where it is gone, or nothing is recorded that counts."""
        if not self._is_floored or self._recorded is None or self._recorded.event.image is None:
            return None
        image = self._recorded.event.image
        same = next((answer for answer in answers if answer.image == image), None)
        answer = same or self._world.observed.answers.get(self._by_digest(image))
        return answer if isinstance(answer, Found) else None

    # Questions and answers

    def _walk(self, tags: Iterable[str]) -> Choice | None:
        """Look at candidates, greatest first, until one can be taken; None where there is none.

        Where all that is there is held, the greatest held one is wanted, and the plan says by whom it is.
        """
        held: Choice | None = None
        gone = 0
        for tag in tags:
            answer = self._answer(tag)
            if answer is None:
                return Choice(missing=frozenset({self._question(tag)}))
            if isinstance(answer, Found):
                found = Choice(self._wanted(tag, answer), live=answer if held is None else held.live)
                if answer.image not in self._held:
                    return found
                held = held or found
                if self._recorded is None:
                    return held  # below what was rolled back there is nothing that a pass may choose by itself
            elif answer.reason is not Reason.NOT_FOUND or gone == _MOST_GONE:
                return _refused(Refusal(answer.reason, answer.message))
            else:
                gone += 1
        return held

    def _answer(self, tag: str) -> Answer | None:
        return self._world.observed.answers.get(self._question(tag))

    def _question(self, tag: str) -> Question:
        version = question.version_of(self._reference, tag)
        return question.question_about(version, self._name, self._tag, self._world.spec.installation)

    def _by_digest(self, image: str) -> Question:
        pinned = Reference.parse(self._reference.pinned(image))
        return question.question_about(pinned, self._name, self._tag, self._world.spec.installation)

    def _wanted(self, tag: str, found: Found) -> Wanted:
        return Wanted(
            image=found.image,
            pull_spec=self._reference.pinned(found.image),
            cause=self._cause,
            import_mode=self._tag.import_mode,
            metadata=found.metadata,
            source=Source(SourceKind.DOCKER_IMAGE, str(question.version_of(self._reference, tag))),
        )


def _recorded(name: IstagName, tag: SpecTag, world: World) -> _Recorded | None:
    restorable = world.record.restorable.get(name)
    history = world.record.histories.get(name) or (restorable.history if restorable else None)
    top = history.top if history else None
    version = chosen(tag, top.source) if top is not None else None
    if top is None or version is None or tag.selection is None:
        return None
    return _Recorded(version, top, tag.selection.rank(version) is not None)


def _beside(doubt: Refusal | None, choice: Choice) -> Choice:
    """A choice, and what is to be said whatever it comes to."""
    if doubt is None or choice.missing or isinstance(choice.outcome, Refusal):
        return choice
    told = dataclasses.replace(choice.outcome, doubt=doubt) if choice.outcome is not None else doubt
    return dataclasses.replace(choice, outcome=told)


def _is_failure(answer: Answer | None) -> bool:
    """A tag that is gone by now is no candidate; any other failure may hide the newest."""
    return isinstance(answer, Failure) and answer.reason is not Reason.NOT_FOUND


def _said(metadata: ImageMetadata) -> str:
    """A build time that is not believed, for a person."""
    return f"{excerpt(metadata.created or '')}, which is yet to come"


def _built(found: Found) -> datetime | None:
    """When the image was built, as far as it can be believed."""
    metadata = found.metadata
    return metadata.built if metadata is not None and not metadata.premature else None
