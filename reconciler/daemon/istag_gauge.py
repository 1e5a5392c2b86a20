"""IstagGauge: how the istags stand, as far as the passes so far tell; for the metrics.

A pass looks only at what is due, so what it says of a scheduled tag counts until the tag is looked at again. Of others
every pass says what there is. What the commit alone tells is counted once a commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Reason
from reconciler.model.plan import Problem
from reconciler.planning.world import World
from reconciler.query.status import TagState

STATES: Final = (TagState.IN_SYNC, TagState.HELD, TagState.FROZEN, TagState.FAILED, TagState.EMPTY)
"""The states of `imagestream status` that a pass can tell of; what would be `Pending` it has done, and whether the
registry moved under a tag that nobody looks at (`Behind`) it has not asked."""
_BY_REASON: Final = {Reason.HELD: TagState.HELD, Reason.FROZEN: TagState.FROZEN}


class IstagGauge:
    """The istags of one branch. One thread uses it."""

    def __init__(self) -> None:
        self._revision: str | None = None
        self._alone: Mapping[IstagName, TagState] = {}
        """What the commit alone tells."""
        self._counted: Counter[TagState] = Counter()
        self._problems: dict[IstagName, TagState] = {}

    def after(
        self,
        world: World,
        problems: Collection[Problem],
        looked: Collection[IstagName | StreamName] = (),
        scheduled: Collection[IstagName | StreamName] = (),
    ) -> dict[str, float]:
        """How many istags are in each state after a pass over a World that looked at some of what is scheduled.

        Where nothing is said to be scheduled, the problems are all there are.
        """
        if self._revision != world.revision:
            self._alone = _states(world)
            self._counted = Counter(self._alone.values())
            self._revision = world.revision
        failed = [each for each in problems if not each.waits]
        said = {each.tag: _BY_REASON.get(each.reason, TagState.FAILED) for each in failed if each.tag is not None}
        kept = {
            name: state
            for name, state in self._problems.items()
            if name in self._alone and _waits(name, scheduled) and not _waits(name, looked)
        }
        self._problems = kept | said
        counted = self._counted.copy()
        for name, state in self._problems.items():
            if name in self._alone:
                counted[self._alone[name]] -= 1
            counted[state] += 1
        return {str(state): float(counted[state]) for state in STATES}


def _waits(name: IstagName, names: Collection[IstagName | StreamName]) -> bool:
    return name in names or name.stream_name in names


def _states(world: World) -> dict[IstagName, TagState]:
    """The state of every declared or recorded istag as far as the commit tells it."""
    states = dict.fromkeys(world.record.histories, TagState.IN_SYNC)
    for stream in world.spec.declarations.streams.values():
        for tag in stream.tags.values():
            name = stream.name.tag(tag.name)
            if tag.frozen:
                states[name] = TagState.FROZEN
            else:
                states.setdefault(name, TagState.EMPTY)
    return states | dict.fromkeys((*world.spec.declarations.broken, *world.record.unreadable), TagState.FAILED)
