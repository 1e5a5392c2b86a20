"""Trigger annotations of workloads that do not work: warnings, because the API of OpenShift accepts them all.

Each message describes what the controller of OpenShift does: it passes over one trigger, or no trigger of the
annotation works. `documents.convert.trigger` reads the JSON of the annotation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from reconciler.errors import InputError
from reconciler.model.excerpt import bare, excerpt
from reconciler.model.name import IstagName
from reconciler.model.stream import TRIGGERS_ANNOTATION
from reconciler.model.trigger import (
    WORKLOAD_KINDS,
    ContainerPath,
    Trigger,
    container_path,
    pod_spec_path,
)
from reconciler.rules.placeholder import hint
from reconciler.rules.table import Hit, Path

WHERE: Path = ("metadata", "annotations", TRIGGERS_ANNOTATION)
_OWN_TRIGGERS = frozenset({"DeploymentConfig", "BuildConfig"})
_KINDS = f"{', '.join(WORKLOAD_KINDS[:-1])} or {WORKLOAD_KINDS[-1]}"
_FORM = r"containers[?(@.name==\"NAME\")].image"
"""As it is written in the JSON."""
_MOST_NAMED = 5
"""The number of containers that a message names."""


def kind(workload: object) -> Iterator[Hit]:
    """A kind on which the annotation has no effect, or triggers of a DeploymentConfig on another kind."""
    plain = workload if isinstance(workload, dict) else {}
    api, name = plain.get("apiVersion"), plain.get("kind")
    if not isinstance(name, str):
        return
    if name in _OWN_TRIGGERS:
        yield _hit("trigger-kind", f"a {name} does not read this annotation. Write spec.triggers, or take it out.")
    elif pod_spec_path(api if isinstance(api, str) else "", name) is None:
        of = f" of {excerpt(api)}" if name in WORKLOAD_KINDS else ""
        text = f"the annotation has no effect on kind {bare(name)}{of}. Put it on a {_KINDS}, or take it out."
        yield _hit("trigger-kind", text)
    elif _at(plain, ("spec", "triggers")) is not None:
        text = f"spec.triggers has no effect on a {name}; it belongs to a DeploymentConfig. Take it out."
        yield Hit("ignored-field", ("spec", "triggers"), text, at_key=True)


def value(problem: str) -> Hit:
    """The hit of an annotation that cannot be read."""
    return _hit("trigger-value", problem)


def triggers(found: Sequence[Trigger], workload: Mapping[str, object], namespace: str) -> Iterator[Hit]:
    """The hits of the triggers of a workload of a kind that can have them."""
    yield from _repeated(found)
    owner = str(workload.get("kind"))
    base = pod_spec_path("", owner) or ()
    containers = _Containers.of_pod_spec(_at(workload, base))
    for number, trigger in enumerate(found, start=1):
        who = f"trigger {number}"
        yield from _unknown(trigger, who)
        yield from _source(trigger, who, namespace)
        path = container_path(trigger.field_path, base)
        yield from _container(path, who, containers) if path else _path(trigger.field_path, who, owner, base)


def undeclared(number: int, istag: IstagName) -> Hit:
    """The hit of a trigger whose istag is not declared."""
    advice = "Declare it, unless something pushes to it."
    return _hit("missing-source", f"trigger {number} names {istag}, which is not declared. {advice}")


def _repeated(found: Sequence[Trigger]) -> Iterator[Hit]:
    """Two triggers with the same fieldPath, compared as text."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, trigger in enumerate(found, start=1):
        if trigger.field_path:
            numbers[trigger.field_path].append(number)
    for first, second, *_ in (each for each in numbers.values() if len(each) > 1):
        text = f"triggers {first} and {second} have the same fieldPath, so no trigger works. Keep one of them."
        yield _hit("duplicate-trigger", text)


def _unknown(trigger: Trigger, who: str) -> Iterator[Hit]:
    for key, given in trigger.unknown:
        if key == "pause":
            wanted = "true" if given is True or given == "true" else "false"
            advice = f'Write "paused": {wanted}, without quotes around {wanted}.'
        else:
            advice = "Take it out."
        yield _hit("unknown-field", f"{who}: {bare(key)} is unknown and has no effect. {advice}")


def _source(trigger: Trigger, who: str, namespace: str) -> Iterator[Hit]:
    try:
        trigger.istag(namespace)
    except InputError as error:
        yield _hit("trigger-source", f"{who} is passed over: {error}{hint(trigger.name + trigger.namespace)}")


def _path(field_path: str, who: str, owner: str, base: Sequence[str]) -> Iterator[Hit]:
    """The hit of a malformed fieldPath on a kind whose pod spec is at `base`."""
    prefix = f"{'.'.join(base)}."
    if not field_path:
        yield _hit("trigger-path", f"{who} is passed over: it has no fieldPath. Write {prefix}{_FORM}.")
    elif not field_path.startswith(prefix):
        elsewhere, rest = _split(field_path)
        text = f"{who} is passed over: fieldPath {elsewhere} is not in the pod spec of a {owner}. Write {prefix}{rest}."
        yield _hit("trigger-path", text)
    else:
        advice = f"Write {prefix}{_FORM}, or an index in [ ]."
        text = f"no trigger works: {who} has the fieldPath {excerpt(field_path)}. {advice}"
        yield _hit("trigger-path", text)


def _split(field_path: str) -> tuple[str, str]:
    """The wrong start of a path and its correct end; for any other path the whole path and the form to write."""
    for group in ("initContainers[", "containers["):
        at = field_path.find(group)
        if at >= 0 and (found := container_path(field_path[at:], ())) is not None:
            return excerpt(field_path[: at + len(group)] + "…"), bare(str(found)).replace('"', r"\"")
    return excerpt(field_path), _FORM


def _container(path: ContainerPath, who: str, containers: _Containers) -> Iterator[Hit]:
    if containers.unknown or containers.has(path):
        return
    there = containers.of(path)
    text = f"no trigger works: {who} names a container that is not there, {bare(str(path))}. {_instead(there)}"
    yield _hit("trigger-container", text + hint(str(path.selector)))


def _instead(containers: Sequence[str]) -> str:
    names = [bare(name) for name in islice(filter(None, containers), _MOST_NAMED + 1)]
    more = ["…"] if len(names) > _MOST_NAMED else []
    which = "one of " if len(names) > 1 else ""
    return f"Name {which}{', '.join(names[:_MOST_NAMED] + more)}." if names else "Take it out."


@dataclass(frozen=True, slots=True)
class _Containers:
    """The names of the containers of a pod spec, by group; empty for a container without a name."""

    groups: Mapping[str, list[str]]
    names: frozenset[str]
    unknown: bool
    """Whether the names are unknown: in a partial workload such as a patch, or in one that has to be rendered first."""

    @classmethod
    def of_pod_spec(cls, pod_spec: object) -> _Containers:
        plain = pod_spec if isinstance(pod_spec, dict) else {}
        groups = {group: _names(plain.get(group)) for group in ("initContainers", "containers")}
        names = frozenset(name for group in groups.values() for name in group)
        unknown = not isinstance(plain.get("containers"), list) or any("{{" in name for name in names)
        return cls(groups, names, unknown)

    def has(self, path: ContainerPath) -> bool:
        """Whether the container exists. A name is looked up in both groups, whichever is written (OpenShift)."""
        if isinstance(path.selector, int):
            return path.selector < len(self.groups[path.group])
        return path.selector in self.names

    def of(self, path: ContainerPath) -> Sequence[str]:
        """The names that may have been meant."""
        if isinstance(path.selector, int):
            return self.groups[path.group]
        return [name for group in self.groups.values() for name in group[: _MOST_NAMED + 1]]


def _names(containers: object) -> list[str]:
    entries = containers if isinstance(containers, list) else []
    named = (entry.get("name") if isinstance(entry, dict) else None for entry in entries)
    return [name if isinstance(name, str) else "" for name in named]


def _at(plain: object, path: Sequence[str]) -> object:
    for key in path:
        plain = plain.get(key) if isinstance(plain, dict) else None
    return plain


def _hit(rule: str, text: str) -> Hit:
    return Hit(rule, WHERE, text, at_key=True)
