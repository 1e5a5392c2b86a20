"""The live image: what a registry has under a source now, due or not, and which hold stands against it."""

from __future__ import annotations

from reconciler.model.history import Cause, HeldImage
from reconciler.model.name import IstagName
from reconciler.model.observation import Answer, Found
from reconciler.model.stream import SpecTag
from reconciler.planning.choice import choose
from reconciler.planning.holding import Entries, records
from reconciler.planning.question import question
from reconciler.planning.undeclared import asked_question
from reconciler.planning.world import World


def live_answer(name: IstagName, tag: SpecTag, world: World) -> Answer | None:
    """What was answered about the source; None where it was not asked or names no image of a registry."""
    if tag.selection is not None:
        return choose(name, tag, world, Cause.SCHEDULED).live
    asked = asked_question(name, tag, world)
    return world.observed.answers.get(asked) if asked else None


def held_back(name: IstagName, tag: SpecTag, entries: Entries, world: World) -> HeldImage | None:
    """The entry that keeps a tag from what its source gives, although no pass is due that would be refused it.

    A source that no registry is asked about gives for ever what was rolled back, unless the top came from it too.
    """
    if tag.source is None or not entries:
        return None
    answer = live_answer(name, tag, world)
    if isinstance(answer, Found):
        return next((entry for entry in entries if entry.identity == answer.image), None)
    history = world.record.histories.get(name)
    top = history.top if history else None
    asked = tag.selection is not None or question(name, tag, world.spec.installation) is not None
    if asked or (top is not None and tag.source.same(top.source, name.stream_name)):
        return None
    return next((entry for entry in entries if records(entry, tag, name.stream_name)), None)
