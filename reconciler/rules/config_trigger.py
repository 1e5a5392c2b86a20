"""Triggers of `spec.triggers`: what the ones of DeploymentConfigs and BuildConfigs have in common.

Findings are warnings, as for the annotation, also where the API of OpenShift refuses the object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.errors import InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.name import IstagName
from reconciler.model.plain import items, mapping, text
from reconciler.model.trigger import Trigger
from reconciler.rules.placeholder import hint
from reconciler.rules.table import Hit, Path

IMAGE_CHANGE = "ImageChange"
_TRIGGERS: Path = ("spec", "triggers")


@dataclass(frozen=True, slots=True)
class FollowedValue:
    """A value of the object that follows an istag."""

    path: Path
    istag: IstagName
    identity: str
    """As `ImageField.identity` has it."""
    paused: bool = False
    requires: frozenset[IstagName] = frozenset()


@dataclass(slots=True)
class ConfigTriggers:
    """What the triggers of one object say."""

    hits: list[Hit] = field(default_factory=list)
    named: list[tuple[int, IstagName]] = field(default_factory=list)
    """The number of each trigger, from 1, with the istag that it names."""
    followed: list[FollowedValue] = field(default_factory=list)
    noted: list[Path] = field(default_factory=list)
    """The places of values that a person should know about."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of `spec.triggers` with the parameters of an image change."""

    number: int
    """From 1."""
    path: Path
    """Of its parameters."""
    params: Mapping[str, object]

    @property
    def who(self) -> str:
        """The entry in a message."""
        return f"trigger {self.number}"

    def hit(self, rule: str, problem: str, *more: str | int) -> Hit:
        """A hit at the entry's parameters, or at a place below them."""
        return Hit(rule, (*self.path, *more), f"{self.who}{problem}", at_key=not more)


def entries(plain: object, key: str, types: frozenset[str], *, any_type: bool = False) -> Iterator[Entry | Hit]:
    """The entries about image changes, whose parameters are at `key`; a hit for one with another type or value.

    With `any_type`, parameters count whatever the type is (OpenShift's DeploymentConfig).
    """
    triggers = items(mapping(mapping(plain).get("spec")).get("triggers"))
    for number, each in enumerate(triggers, start=1):
        entry = mapping(each)
        place = (*_TRIGGERS, number - 1)
        kind, params = entry.get("type"), entry.get(key)
        counts = kind in types or (any_type and isinstance(params, dict))
        if kind not in types and (isinstance(params, dict) or _is_like(kind)):
            effect = f"and OpenShift follows its {key} all the same" if counts else "so it has no effect"
            problem = f"trigger {number}: its type is {excerpt(kind)}, {effect}. Write {IMAGE_CHANGE}."
            yield Hit("trigger-type", (*place, "type"), problem)
        if counts and (params is None or isinstance(params, dict)):
            yield Entry(number, (*place, key), mapping(params))
        elif counts:
            problem = f"trigger {number} has no effect: {key} is {excerpt(params)}, not a mapping. Write its fields."
            yield Hit("trigger-value", (*place, key), problem)


def _is_like(kind: object) -> bool:
    return isinstance(kind, str) and kind.lower() == IMAGE_CHANGE.lower()


def flag(entry: Entry, key: str, found: ConfigTriggers) -> bool | None:
    """Whether a parameter is true; None, with a hit, for one that is neither true nor false."""
    value = entry.params.get(key)
    if value is None or isinstance(value, bool):
        return value is True
    problem = f": {key} is {excerpt(value)}, neither true nor false. Write true or false, without quotes."
    found.hits.append(entry.hit("trigger-value", problem, key))
    return None


def istag_of(source: object, namespace: str) -> IstagName:
    """The istag that a `from` names; raises `InputError` with why it names none."""
    plain = mapping(source)
    trigger = Trigger(text(plain.get("kind")), text(plain.get("name")), text(plain.get("namespace")))
    try:
        return trigger.istag(namespace)
    except InputError as error:
        raise InputError(f"{error}{hint(trigger.name + trigger.namespace)}") from None
