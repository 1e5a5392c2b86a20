"""The istag gauge: how many istags are in each state, for the metrics.

The commit tells the state of most istags, and is counted once. The problems that the passes know tell the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

from reconciler.model.name import IstagName
from reconciler.model.observation import Reason
from reconciler.model.plan import Problem
from reconciler.planning.world import World
from reconciler.query.tag_status import TagState

STATES: Final = (TagState.IN_SYNC, TagState.HELD, TagState.FROZEN, TagState.FAILED, TagState.EMPTY)
"""The states of `imagestream status` that a pass can tell. The other two are left out: a pass has done what would be
`Pending`, and `Behind` needs lookups of tags that no pass looks up."""
_BY_REASON: Final = {Reason.HELD: TagState.HELD, Reason.FROZEN: TagState.FROZEN}


class IstagGauge:
    """The istags of one branch. One thread uses it."""

    def __init__(self) -> None:
        self._revision: str | None = None
        self._by_commit: Mapping[IstagName, TagState] = {}
        self._counted: Counter[TagState] = Counter()

    def count(self, world: World, problems: Collection[Problem]) -> dict[str, float]:
        """The number of istags in each state, by the state's name; `problems` are all that are known."""
        if self._revision != world.revision:
            self._by_commit = _states(world)
            self._counted = Counter(self._by_commit.values())
            self._revision = world.revision
        counted = self._counted.copy()
        failed = {each.tag: each.reason for each in problems if each.tag is not None and not each.waits}
        for name, reason in failed.items():
            if name in self._by_commit:
                counted[self._by_commit[name]] -= 1
            counted[_BY_REASON.get(reason, TagState.FAILED)] += 1
        return {str(state): float(counted[state]) for state in STATES}


def _states(world: World) -> dict[IstagName, TagState]:
    """The state of every declared or recorded istag, as the commit tells it."""
    states = dict.fromkeys(world.record.histories, TagState.IN_SYNC)
    for stream in world.spec.declarations.streams.values():
        for tag in stream.tags.values():
            name = stream.name.tag(tag.name)
            if tag.frozen:
                states[name] = TagState.FROZEN
            else:
                states.setdefault(name, TagState.EMPTY)
    return states | dict.fromkeys((*world.spec.declarations.broken, *world.record.unreadable), TagState.FAILED)
