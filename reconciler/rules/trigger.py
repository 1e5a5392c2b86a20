"""Trigger annotations of workloads that do not work: warnings, because the API of OpenShift accepts them all.

Each message describes what the controller of OpenShift does: it passes over one trigger, or no trigger of the
annotation works. What works is written the same way (`rules.trigger_target`). `documents.convert.trigger` reads the
JSON of the annotation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from reconciler.errors import InputError
from reconciler.model.excerpt import bare, excerpt
from reconciler.model.name import IstagName
from reconciler.model.plain import mapping
from reconciler.model.stream import TRIGGERS_ANNOTATION
from reconciler.model.trigger import WORKLOAD_KINDS, Trigger, container_path
from reconciler.rules.placeholder import hint
from reconciler.rules.table import Hit, Path
from reconciler.rules.trigger_target import Target, Workload, at, stops_all

WHERE: Path = ("metadata", "annotations", TRIGGERS_ANNOTATION)
_OWN_TRIGGERS = frozenset({"DeploymentConfig", "BuildConfig"})
_KINDS = f"{', '.join(WORKLOAD_KINDS[:-1])} or {WORKLOAD_KINDS[-1]}"
_FORM = r"containers[?(@.name==\"NAME\")].image"
"""As it is written in the JSON."""
_MOST_NAMED = 5
"""The number of containers that a message names."""


def kind(plain: object) -> Iterator[Hit]:
    """The annotation on a kind that has triggers of its own, which OpenShift reads in place of it."""
    name = mapping(plain).get("kind")
    if isinstance(name, str) and name in _OWN_TRIGGERS:
        yield _hit("trigger-kind", f"a {name} does not read this annotation. Write spec.triggers, or take it out.")


def value(problem: str) -> Hit:
    """The hit of an annotation that cannot be read."""
    return _hit("trigger-value", problem)


def triggers(found: Sequence[Trigger], workload: Workload, namespace: str) -> Iterator[Hit]:
    """The hits of the triggers of a workload."""
    kind_name = str(mapping(workload.plain).get("kind"))
    targets = [workload.target(trigger) for trigger in found]
    if workload.base is None and found and not any(targets):
        yield _no_container(kind_name)
        return
    yield from _ignored(workload, kind_name)
    yield from _repeated(found)
    for number, (trigger, target) in enumerate(zip(found, targets, strict=True), start=1):
        who = f"trigger {number}"
        yield from _unknown(trigger, who)
        yield from _source(trigger, who, namespace)
        effect = "no trigger works: " if stops_all(trigger, namespace) else ""
        if target is not None and target.path is not None:
            yield from _container(target, who, effect)
        else:
            yield _path(trigger.field_path, who, kind_name, workload.base, effect)


def _no_container(kind_name: str) -> Hit:
    text = f"the annotation has no effect on kind {bare(kind_name)}: no fieldPath leads to a container of it."
    return _hit("trigger-kind", f"{text} Put it on a {_KINDS}, or take it out.")


def _ignored(workload: Workload, kind_name: str) -> Iterator[Hit]:
    if workload.base is not None and at(workload.plain, ("spec", "triggers")) is not None:
        text = f"spec.triggers has no effect on a {kind_name}; it belongs to a DeploymentConfig. Take it out."
        yield Hit("ignored-field", ("spec", "triggers"), text, at_key=True)


def undeclared(number: int, istag: IstagName, where: Path = WHERE) -> Hit:
    """The hit of a trigger whose istag is not declared."""
    advice = "Declare it, unless something pushes to it."
    text = f"trigger {number} names {istag}, which is not declared. {advice}"
    return Hit("missing-source", where, text, at_key=True)


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


def _path(field_path: str, who: str, owner: str, base: Sequence[str] | None, effect: str) -> Hit:
    """The hit of a fieldPath that is not in the pod spec, or has another form than OpenShift accepts."""
    prefix = "".join(f"{key}." for key in base or ())
    if not field_path:
        return _hit("trigger-path", f"{who} is passed over: it has no fieldPath. Write {prefix}{_FORM}.")
    if base is None:
        text = f"{who} is passed over: fieldPath {excerpt(field_path)} leads to no container of this {bare(owner)}."
        return _hit("trigger-path", f"{text} Write PATH.{_FORM}, with the path of its pod spec.")
    if not field_path.startswith(prefix):
        elsewhere, rest = _split(field_path)
        text = f"{who} is passed over: fieldPath {elsewhere} is not in the pod spec of a {owner}. Write {prefix}{rest}."
        return _hit("trigger-path", text)
    advice = f"Write {prefix}{_FORM}, or an index in [ ]."
    return _hit("trigger-path", f"{effect}{who} has the fieldPath {excerpt(field_path)}. {advice}")


def _split(field_path: str) -> tuple[str, str]:
    """The wrong start of a path and its correct end; for any other path the whole path and the form to write."""
    for group in ("initContainers[", "containers["):
        at = field_path.find(group)
        if at >= 0 and (found := container_path(field_path[at:], ())) is not None:
            return excerpt(field_path[: at + len(group)] + "…"), bare(str(found)).replace('"', r"\"")
    return excerpt(field_path), _FORM


def _container(target: Target, who: str, effect: str) -> Iterator[Hit]:
    if target.path is None:
        return
    shown = bare(str(target.path))
    if target.is_broken:
        text = f"{effect}{who} names a container that is not there, {shown}. {_instead(target)}"
        yield _hit("trigger-container", text + hint(str(target.path.selector)))
    elif target.place is not None and not target.place.has_text:
        image = excerpt(target.place.image)
        text = f"{who} is passed over: {shown} is {image}, not text. Write a pull spec in quotes."
        yield _hit("trigger-container", text)


def _instead(target: Target) -> str:
    there = target.containers.instead_of(target.path, _MOST_NAMED + 1) if target.path else []
    names = [bare(name) for name in there]
    more = ["…"] if len(names) > _MOST_NAMED else []
    which = "one of " if len(names) > 1 else ""
    return f"Name {which}{', '.join(names[:_MOST_NAMED] + more)}." if names else "Take it out."


def _hit(rule: str, text: str) -> Hit:
    return Hit(rule, WHERE, text, at_key=True)
