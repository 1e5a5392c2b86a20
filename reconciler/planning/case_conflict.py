"""Case conflicts: istags of one stream whose names differ only in case, of which only one can exist (design 3).

They would share a file on a file system that ignores case. A recorded istag keeps its name; then a spec tag wins over
tags of registries, and among those the first in OpenShift's order wins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Final

from reconciler.model.name import IstagName, StreamName
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.tag_order import prioritised
from reconciler.planning.undeclared import has_joined
from reconciler.planning.world import World

_Folded = tuple[StreamName, str]


class Precedence(IntEnum):
    """Why an istag keeps its name; a smaller number wins over a greater one."""

    RECORDED_SPEC = 0
    """It has a history, and a spec tag."""
    RECORDED = 1
    """It has a history that stays without a spec tag."""
    SPEC = 2
    """It has a spec tag, perhaps one that cannot be used now, and nothing was recorded yet."""
    LISTED = 3
    """A registry has it."""


_WHY: Final[Mapping[Precedence, str]] = {
    Precedence.RECORDED_SPEC: "which is declared already",
    Precedence.RECORDED: "which is recorded already",
    Precedence.SPEC: "which is declared already",
    Precedence.LISTED: "which comes first in OpenShift's order",
}


Precedences = Mapping[IstagName, Precedence]


def precedences(world: World) -> Precedences:
    """The declared and the recorded istags, except those about to be removed."""
    declared = {*_declared(world), *world.spec.declarations.broken, *world.spec.protected}
    joined = {name for name in world.record.histories if has_joined(name, world)}
    recorded = {*world.record.histories, *world.record.holds, *world.record.unreadable}
    found = dict.fromkeys(declared - recorded, Precedence.SPEC) | dict.fromkeys(joined - declared, Precedence.RECORDED)
    return found | dict.fromkeys(declared & recorded, Precedence.RECORDED_SPEC)


def case_conflicts(
    world: World, scope: PassScope, listed: Collection[IstagName], known: Precedences
) -> dict[IstagName, str]:
    """The istags that another name rules out in this pass, each with its message.

    They are istags that the pass would make, with or without a spec tag; a pass over everything also reports recorded
    ones.
    """
    names = {*listed}
    declared = _declared(world) if scope.declared else scope.requested
    names |= {name for name in declared if world.spec.tag(name) is not None and name not in world.record.histories}
    if scope.scheduled:
        names |= {name for name in world.record.histories if known.get(name) is Precedence.RECORDED}
    return ruled_out(names, known)


def ruled_out(names: Iterable[IstagName], known: Precedences) -> dict[IstagName, str]:
    """Those of some istags that another one rules out, each with its message.

    `known` has the declared and recorded istags; the others are tags of registries.
    """
    candidates = set(names)
    groups: dict[_Folded, set[IstagName]] = {}
    for name in {*candidates, *known} if candidates else ():
        groups.setdefault((name.stream_name, name.tag.lower()), set()).add(name)
    found: dict[IstagName, str] = {}
    for group in groups.values():
        if len(group) > 1:
            first = _first(group, known)
            found |= {name: _message(name, first, known) for name in group & candidates if name != first}
    return found


def _declared(world: World) -> Iterator[IstagName]:
    """The istags whose spec tags can be used."""
    for stream in world.spec.declarations.streams.values():
        yield from map(stream.name.tag, stream.tags)


def _first(group: set[IstagName], known: Mapping[IstagName, Precedence]) -> IstagName:
    order = {tag: place for place, tag in enumerate(prioritised(name.tag for name in group))}
    return min(group, key=lambda name: (known.get(name, Precedence.LISTED), order[name.tag]))


def _message(name: IstagName, first: IstagName, known: Mapping[IstagName, Precedence]) -> str:
    own, other = known.get(name, Precedence.LISTED), known.get(first, Precedence.LISTED)
    return f"{name} differs only in case from {first}, {_WHY[other]}. {_advice(own, other, name, first)}"


def _advice(own: Precedence, other: Precedence, name: IstagName, first: IstagName) -> str:
    if own is Precedence.RECORDED:
        return f"It is not moved any more; `imagestream tag -d {name}` removes it."
    if own is Precedence.SPEC:
        return f"Rename the spec tag, or take {first} away: `imagestream tag -d {first}`."
    if other is Precedence.SPEC or other is Precedence.RECORDED_SPEC:
        return f"Delete {name.tag} in the registry, or rename the spec tag."
    taken = f" in place of {first.tag}" if other is Precedence.LISTED else f", after `imagestream tag -d {first}`"
    return f"Delete {name.tag} in the registry, or declare it under spec.tags{taken}."
