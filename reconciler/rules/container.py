"""The containers of a pod spec, and which of them a trigger means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from reconciler.model.trigger import ContainerPath

_GROUPS = ("initContainers", "containers")
"""In the order in which OpenShift looks for a name."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of one container in its pod spec."""

    group: str
    index: int
    name: str
    image: object
    """The value of its key `image`; None if it is missing."""

    @property
    def has_text(self) -> bool:
        """Whether its image is text, or missing, so that text can be written there."""
        return self.image is None or isinstance(self.image, str)

    @property
    def path(self) -> str:
        """The end of the fieldPath that means it: by name, or by index if it has no name."""
        return str(ContainerPath(self.group, self.name or self.index))


@dataclass(frozen=True, slots=True)
class Containers:
    """The containers of a pod spec, by group."""

    groups: Mapping[str, Sequence[Place | None]]
    """None in place of an entry that is not a mapping."""
    names: Mapping[str, Place]
    """By name the first one that has it, init containers first."""
    unknown: bool
    """Whether the names are unknown: in a partial workload such as a patch, or in one that has to be rendered first."""

    @classmethod
    def of_pod_spec(cls, pod_spec: object) -> Containers:
        """The containers of a pod spec; none for a value of another type."""
        plain = pod_spec if isinstance(pod_spec, dict) else {}
        groups = {group: _places(group, plain.get(group)) for group in _GROUPS}
        names: dict[str, Place] = {}
        for place in (each for group in _GROUPS for each in groups[group] if each is not None):
            names.setdefault(place.name, place)
        unknown = not isinstance(plain.get("containers"), list) or any("{{" in name for name in names)
        return cls(groups, names, unknown)

    def find(self, path: ContainerPath) -> Place | None:
        """The container that is meant. A name is looked up in both groups, whichever is written (OpenShift)."""
        if isinstance(path.selector, str):
            return self.names.get(path.selector)
        group = self.groups[path.group]
        return group[path.selector] if path.selector < len(group) else None

    def instead_of(self, path: ContainerPath, limit: int) -> list[str]:
        """At most `limit` names that may have been meant."""
        groups = _GROUPS if isinstance(path.selector, str) else (path.group,)
        places = (each for group in groups for each in self.groups[group])
        return list(islice((each.name for each in places if each is not None and each.name), limit))


def _places(group: str, containers: object) -> list[Place | None]:
    entries = containers if isinstance(containers, list) else []
    return [_place(group, index, entry) for index, entry in enumerate(entries)]


def _place(group: str, index: int, entry: object) -> Place | None:
    if not isinstance(entry, dict):
        return None
    name = entry.get("name")
    return Place(group, index, name if isinstance(name, str) else "", entry.get("image"))
