"""Trigger targets: which container each trigger of an annotation means, and which triggers work at all.

| a trigger                                                  | its effect                                  |
| ---------------------------------------------------------- | ------------------------------------------- |
| whose `from` names no istag, or that is not in the pod spec | OpenShift passes over it                   |
| whose fieldPath has another form, or names no container    | no trigger of the object works              |
| the same, paused                                           | it is passed over while it is paused        |
| with the fieldPath of another one                          | no trigger of the object works              |
| whose container's image is not text                        | it is passed over; OpenShift has no such object |

For a kind that OpenShift watches, the pod spec is where OpenShift has it; also for other kinds whose pod spec is known.
For any other kind the fieldPath says where it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reconciler.errors import InputError
from reconciler.model.name import IstagName
from reconciler.model.plain import mapping, text
from reconciler.model.trigger import ContainerPath, Trigger, container_path, known_pod_spec_path, split_field_path
from reconciler.rules.container import Containers, Place


@dataclass(frozen=True, slots=True)
class Target:
    """What a fieldPath means in an object."""

    base: tuple[str, ...]
    """The path of the pod spec."""
    path: ContainerPath | None
    """None if the rest of the fieldPath has another form than OpenShift accepts."""
    containers: Containers
    place: Place | None
    """The container; None if it is not there."""

    @property
    def is_broken(self) -> bool:
        """Whether OpenShift fails at it, and so applies no trigger of the object."""
        return self.path is None or (self.place is None and not self.containers.unknown)

    @property
    def identity(self) -> str:
        """The fieldPath, with the name of the container where it has one."""
        return ".".join((*self.base, self.place.path if self.place else ""))


@dataclass(frozen=True, slots=True)
class Followed:
    """A trigger that works: its container follows its istag."""

    trigger: Trigger
    istag: IstagName
    target: Target
    place: Place


@dataclass(slots=True)
class Workload:
    """An object with the annotation, and its containers."""

    plain: object
    base: tuple[str, ...] | None = field(init=False)
    """The path of the pod spec; None if it is not known for the kind."""
    _containers: dict[tuple[str, ...], Containers] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plain = mapping(self.plain)
        self.base = known_pod_spec_path(text(plain.get("apiVersion")), text(plain.get("kind")))

    def target(self, trigger: Trigger) -> Target | None:
        """What the fieldPath means; None if it does not lead into the pod spec, so that OpenShift passes over it."""
        if self.base is None:
            return self._own_target(trigger)
        if not trigger.field_path.startswith("".join(f"{key}." for key in self.base)):
            return None
        return self._target(self.base, container_path(trigger.field_path, self.base))

    def _own_target(self, trigger: Trigger) -> Target | None:
        """The target in an object of another kind: it has to have the list that the fieldPath names."""
        split = split_field_path(trigger.field_path)
        found = self._target(*split) if split is not None else None
        return found if found is not None and found.path and found.containers.groups[found.path.group] else None

    def _target(self, base: tuple[str, ...], path: ContainerPath | None) -> Target:
        containers = self._containers.get(base)
        if containers is None:
            containers = self._containers[base] = Containers.of_pod_spec(at(self.plain, base))
        return Target(base, path, containers, containers.find(path) if path else None)


def followed(triggers: Sequence[Trigger], workload: Workload, namespace: str) -> tuple[Followed, ...]:
    """The triggers that work, with their containers; `namespace` is the one of the workload."""
    if has_duplicates(triggers):
        return ()
    found: list[Followed] = []
    for trigger, istag in _naming(triggers, namespace):
        target = workload.target(trigger)
        if target is not None and target.is_broken and not trigger.paused:
            return ()
        if target is not None and target.place is not None and target.place.has_text:
            found.append(Followed(trigger, istag, target, target.place))
    return tuple(found)


def has_duplicates(triggers: Iterable[Trigger]) -> bool:
    """Whether two triggers have the same fieldPath, compared as text."""
    counts = Counter(trigger.field_path for trigger in triggers if trigger.field_path)
    return any(count > 1 for count in counts.values())


def stops_all(trigger: Trigger, namespace: str) -> bool:
    """Whether no trigger of the object works if the fieldPath of this one is broken: it is acted on at all."""
    return not trigger.paused and bool(list(_naming([trigger], namespace)))


def at(plain: object, path: Sequence[str]) -> object:
    """The value at a path of keys, or None."""
    for key in path:
        plain = plain.get(key) if isinstance(plain, dict) else None
    return plain


def _naming(triggers: Iterable[Trigger], namespace: str) -> Iterable[tuple[Trigger, IstagName]]:
    """The triggers that name an istag."""
    for trigger in triggers:
        try:
            yield trigger, trigger.istag(namespace)
        except InputError:
            continue
