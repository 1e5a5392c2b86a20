"""Namesakes: istags of one stream whose names differ only in case, of which one alone can be (design 3).

They would share a file wherever names are kept without their case. A spec tag wins over what registries have; among
theirs the one that is recorded already, else the first in OpenShift's order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from reconciler.model.name import IstagName, StreamName
from reconciler.planning.taglist import prioritised
from reconciler.planning.world import World

_Folded = tuple[StreamName, str]
_DECLARED: Final = 0
_RECORDED: Final = 1
_LISTED: Final = 2
_ADVICE: Mapping[int, str] = {
    _DECLARED: "Delete {tag} in the registry, or rename the spec tag.",
    _RECORDED: "Delete {tag} in the registry; to have it instead, declare it under spec.tags.",
    _LISTED: "Delete {tag} in the registry; to have it instead, declare it under spec.tags.",
}
_WHICH: Mapping[int, str] = {
    _DECLARED: "the spec tag {winner}",
    _RECORDED: "{winner}, which is recorded",
    _LISTED: "{winner}, which comes first in OpenShift's order",
}


def passed_over(names: Iterable[IstagName], world: World) -> dict[IstagName, str]:
    """Those of some istags without a spec tag that another one rules out, each with what a person is told."""
    asked = set(names)
    if not asked:
        return {}
    standing = _standing({name.stream_name for name in asked}, world)
    groups: dict[_Folded, set[IstagName]] = {}
    for name in (*asked, *standing):
        groups.setdefault((name.stream_name, name.tag.lower()), set()).add(name)
    found: dict[IstagName, str] = {}
    for group in groups.values():
        if len(group) > 1:
            first = _first(group, standing)
            losers = (name for name in group & asked if name != first and standing.get(name) != _DECLARED)
            found |= {name: _told(name, first, standing) for name in losers}
    return found


def _standing(streams: set[StreamName], world: World) -> dict[IstagName, int]:
    """The istags of some streams that are declared or recorded, and which."""
    recorded = {*world.histories, *world.holds, *world.unreadable}
    found = {name: _RECORDED for name in recorded if name.stream_name in streams}
    return found | {name: _DECLARED for name in _declared(world) if name.stream_name in streams}


def _declared(world: World) -> Iterator[IstagName]:
    """The istags that a spec tag names, even one that cannot be used now."""
    for stream in world.declarations.streams.values():
        yield from map(stream.name.tag, stream.tags)
    yield from world.declarations.broken
    yield from world.kept


def _first(group: set[IstagName], standing: Mapping[IstagName, int]) -> IstagName:
    order = {tag: place for place, tag in enumerate(prioritised(name.tag for name in group))}
    return min(group, key=lambda name: (standing.get(name, _LISTED), order[name.tag]))


def _told(name: IstagName, winner: IstagName, standing: Mapping[IstagName, int]) -> str:
    rank = standing.get(winner, _LISTED)
    recorded = name in standing
    what = "is not moved any more" if recorded else "makes no istag"
    which = _WHICH[rank].format(winner=winner)
    advice = f"`imagestream tag -d {name}` removes it." if recorded else _ADVICE[rank].format(tag=name.tag)
    return f"{name} {what}: it differs only in case from {which}. {advice}"
