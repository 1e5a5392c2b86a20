"""Selection by build time: the tag whose image states the newest build time.

A build time in the future orders nothing, and is reported. If it is unknown when the recorded image was built, nothing
is known to be newer: only a person's request takes another image.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from reconciler.model.excerpt import excerpt
from reconciler.model.history import Cause
from reconciler.model.observation import Answer, Failure, Found, ImageMetadata, Question, Reason
from reconciler.model.version import Version
from reconciler.planning.candidate import Choice, ranked
from reconciler.planning.chooser import Chooser
from reconciler.planning.resolution import Refusal

MAX_COMPARED: Final = 50
"""Tags whose build times are compared; each costs up to four requests."""


def choose_newest(chooser: Chooser) -> Choice:
    """The choice by build time."""
    tags = [tag for _, tag in ranked(chooser.selection, chooser.listed)]
    if len(tags) > MAX_COMPARED:
        text = (
            f"{chooser.name}: {len(tags)} tags of {chooser.reference.spelling} are to be compared by build time, "
            f"{MAX_COMPARED} at most can be. Narrow them with match and exclude."
        )
        return Choice.refused(Refusal(Reason.INVALID, text))
    incomplete = chooser.incomplete()
    if incomplete is not None:
        return incomplete
    answers = {tag: chooser.answer(tag) for tag in tags}
    missing = {chooser.question(tag) for tag, answer in answers.items() if answer is None}
    missing = missing or _recorded_missing(chooser, answers.values())  # mostly one of the tags is what is recorded
    if missing:
        return Choice(missing=frozenset(missing))
    failed = next((answer for answer in answers.values() if _may_hide_the_newest(answer)), None)
    if isinstance(failed, Failure):
        text = f"{failed.message} It may be the newest, so nothing is chosen; exclude leaves a tag out."
        return Choice.refused(Refusal(failed.reason, text))
    return _by_build_time(chooser, {tag: each for tag, each in answers.items() if isinstance(each, Found)})


def _by_build_time(chooser: Chooser, answers: dict[str, Found]) -> Choice:
    timed = sorted(((when, tag) for tag, found in answers.items() if (when := _built(found))), reverse=True)
    premature = _premature(chooser, answers)
    if not timed:
        return chooser.unchanged(has_candidates=premature is not None).beside(premature)
    recorded = _recorded_image(chooser, answers.values())
    floor = _built(recorded) if recorded is not None else None
    if floor is None and _is_floored(chooser) and chooser.cause is not Cause.REQUESTED:
        return Choice.refused(Refusal(Reason.MISMATCH, _unknown_age(chooser, recorded)))
    newer = [tag for when, tag in timed if (floor is None or when > floor) and not _is_moved_version(chooser, tag)]
    choice = chooser.first_usable(newer) or chooser.unchanged(has_candidates=True)
    return choice.beside(premature)


def _unknown_age(chooser: Chooser, recorded: Found | None) -> str:
    why = "it is unknown when the recorded image was built"
    if recorded is not None and recorded.metadata is not None and recorded.metadata.premature:
        why = f"the recorded image says that it was built {_future(recorded.metadata)}"
    return (
        f"{chooser.name}: {why}, so it is unknown what is newer. "
        f"`imagestream import {chooser.name}` takes the newest of {chooser.reference.spelling}."
    )


def _premature(chooser: Chooser, answers: Mapping[str, Found]) -> Refusal | None:
    """The report of build times in the future: one of them would stay the newest for years."""
    times = {tag: found.metadata for tag, found in answers.items() if found.metadata and found.metadata.premature}
    if not times:
        return None
    tag = min(times)
    more = f" (and so do {len(times) - 1} more)" if len(times) > 1 else ""
    text = (
        f"{chooser.name}: {chooser.reference.spelling}:{tag} says that it was built {_future(times[tag])}{more}. "
        "It is not compared; leave it out with exclude."
    )
    return Refusal(Reason.MISMATCH, text)


def _is_floored(chooser: Chooser) -> bool:
    """Whether nothing may be taken that is older than what is recorded."""
    return chooser.recorded is not None and chooser.recorded.is_selected


def _is_moved_version(chooser: Chooser, tag: str) -> bool:
    """Whether a tag that looks like a version has another image now: it is not followed, however new that is."""
    recorded, answer = chooser.recorded, chooser.answer(tag)
    if recorded is None or recorded.tag != tag or not isinstance(answer, Found) or Version.parse(tag) is None:
        return False
    return chooser.has_moved(recorded, answer)


def _recorded_missing(chooser: Chooser, answers: Iterable[Answer | None]) -> set[Question]:
    """The question for the recorded image itself, if none of the candidates is it."""
    image = _floor_image(chooser)
    if image is None or any(isinstance(answer, Found) and answer.image == image for answer in answers):
        return set()
    question = chooser.question_by_digest(image)
    return set() if question in chooser.answers else {question}


def _recorded_image(chooser: Chooser, answers: Iterable[Found]) -> Found | None:
    """What is known of the recorded image; None if it is gone, or nothing is recorded that counts."""
    image = _floor_image(chooser)
    if image is None:
        return None
    same = next((answer for answer in answers if answer.image == image), None)
    answer = same or chooser.answers.get(chooser.question_by_digest(image))
    return answer if isinstance(answer, Found) else None


def _floor_image(chooser: Chooser) -> str | None:
    return chooser.recorded.event.image if chooser.recorded is not None and chooser.recorded.is_selected else None


def _may_hide_the_newest(answer: Answer | None) -> bool:
    """Whether the answer is a failure; a tag that is gone by now is not a candidate."""
    return isinstance(answer, Failure) and answer.reason is not Reason.NOT_FOUND


def _future(metadata: ImageMetadata) -> str:
    """A build time that is not believed, for a person."""
    return f"{excerpt(metadata.created or '')}, which is in the future"


def _built(found: Found) -> datetime | None:
    """When the image was built, as far as it can be believed."""
    metadata = found.metadata
    return metadata.built if metadata is not None and not metadata.premature else None
