"""Namesakes: istags of one stream whose names differ only in case, of which one alone can be (design 3).

They would share a file wherever names are kept without their case. What is recorded keeps its name; then a spec tag
goes before what registries have, and of theirs the first in OpenShift's order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Final

from reconciler.model.name import IstagName, StreamName
from reconciler.planning.tag_order import prioritised

_Folded = tuple[StreamName, str]


class Standing(IntEnum):
    """What gives an istag its name; the first goes before the others."""

    RECORDED_SPEC = 0
    """It has a history, and a spec tag."""
    RECORDED = 1
    """It has a history that stays without a spec tag."""
    SPEC = 2
    """It has a spec tag, perhaps one that cannot be used now, and nothing was recorded yet."""
    LISTED = 3
    """A registry has it."""


_WHY: Final[Mapping[Standing, str]] = {
    Standing.RECORDED_SPEC: "which is declared already",
    Standing.RECORDED: "which is recorded already",
    Standing.SPEC: "which is declared already",
    Standing.LISTED: "which comes first in OpenShift's order",
}


def passed_over(names: Iterable[IstagName], standing: Mapping[IstagName, Standing]) -> dict[IstagName, str]:
    """Those of some istags that another one rules out, each with what a person is told.

    `standing` has what is declared or recorded in their streams; the other istags are such as a registry has.
    """
    asked = set(names)
    groups: dict[_Folded, set[IstagName]] = {}
    for name in {*asked, *standing}:
        groups.setdefault((name.stream_name, name.tag.lower()), set()).add(name)
    found: dict[IstagName, str] = {}
    for group in groups.values():
        if len(group) > 1:
            first = _first(group, standing)
            found |= {name: _told(name, first, standing) for name in group & asked if name != first}
    return found


def _first(group: set[IstagName], standing: Mapping[IstagName, Standing]) -> IstagName:
    order = {tag: place for place, tag in enumerate(prioritised(name.tag for name in group))}
    return min(group, key=lambda name: (standing.get(name, Standing.LISTED), order[name.tag]))


def _told(name: IstagName, first: IstagName, standing: Mapping[IstagName, Standing]) -> str:
    own, other = standing.get(name, Standing.LISTED), standing.get(first, Standing.LISTED)
    return f"{name} differs only in case from {first}, {_WHY[other]}. {_advice(own, other, name, first)}"


def _advice(own: Standing, other: Standing, name: IstagName, first: IstagName) -> str:
    if own is Standing.RECORDED:
        return f"It is not moved any more; `imagestream tag -d {name}` removes it."
    if own is Standing.SPEC:
        return f"Rename the spec tag, or take {first} away: `imagestream tag -d {first}`."
    if other is Standing.SPEC or other is Standing.RECORDED_SPEC:
        return f"Delete {name.tag} in the registry, or rename the spec tag."
    taken = f" in place of {first.tag}" if other is Standing.LISTED else f", after `imagestream tag -d {first}`"
    return f"Delete {name.tag} in the registry, or declare it under spec.tags{taken}."
