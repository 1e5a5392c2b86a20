"""Annotation triggers: the annotation `image.openshift.io/triggers` of a workload, edited as `oc set triggers` does.

The JSON is written as `oc` writes it (Go's encoding/json: no blanks; `<`, `>` and `&` escaped). Entries that an edit is
not about stay as they are, unknown keys included.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from reconciler.documents.convert.trigger import read_triggers
from reconciler.documents.edit.target.trigger_edit import (
    ShownTrigger,
    TriggerEdit,
    chosen_containers,
    istag_reference,
)
from reconciler.documents.edit.target.workload_object import WorkloadObject
from reconciler.documents.edit.value import value_at, with_value_at
from reconciler.documents.read.json_reader import read_json
from reconciler.documents.read.node import Path, to_plain
from reconciler.errors import InputError
from reconciler.model.excerpt import bare
from reconciler.model.name import IstagName
from reconciler.model.plain import items, mapping
from reconciler.model.stream import TRIGGERS_ANNOTATION
from reconciler.model.trigger import Trigger, container_path

ANNOTATIONS: Path = ("metadata", "annotations")
_WHERE: Path = (*ANNOTATIONS, TRIGGERS_ANNOTATION)
_GO_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})

Entry = dict[str, object]
Found = tuple[Entry, Trigger, str | None]
"""An entry, what it means, and the container that it is for."""


def annotation_steps(target: WorkloadObject, edit: TriggerEdit) -> Iterator[object]:
    """The wanted value of the object; nothing where it does not change. Raises `InputError`."""
    if edit.remove_all:
        if value_at(target.value, _WHERE) is not None:
            yield _with_entries(target, [])
        return
    _refuse_others(target, edit)
    entries = _entries(target)
    wanted = list(_wanted(target, edit, entries))
    if wanted != [entry for entry, _ in entries]:
        yield _with_entries(target, wanted)


def shown_annotation_triggers(target: WorkloadObject) -> Iterator[ShownTrigger]:
    """The triggers, as they are listed. Raises `InputError` where the annotation cannot be read."""
    for _, trigger in _entries(target):
        try:
            istag, problem = str(trigger.istag(target.namespace)), ""
        except InputError as error:
            istag, problem = bare(trigger.name), str(error)
        name = _container(target, trigger)
        if name is None and not problem:
            problem = f"fieldPath {bare(trigger.field_path)} leads to no container"
        yield ShownTrigger("image", istag, (name,) if name else (), automatic=not trigger.paused, problem=problem)


def _refuse_others(target: WorkloadObject, edit: TriggerEdit) -> None:
    if edit.webhook:
        raise InputError(f"{target.described} ({target.where}) has no webhooks: only a BuildConfig has.")
    if edit.config:
        why = "it always rolls out what changes in it. Where it must not, write spec.paused: true by hand."
        raise InputError(f"{target.described} ({target.where}) has no config trigger: {why}")


def _wanted(target: WorkloadObject, edit: TriggerEdit, entries: list[tuple[Entry, Trigger]]) -> Iterator[Entry]:
    if edit.image is None:
        return iter([_automatic(entry, trigger, automatic=edit.automatic) for entry, trigger in entries])
    found = [(entry, trigger, _container(target, trigger)) for entry, trigger in entries]
    decide = _removed if edit.remove else _set
    return decide(target, edit, edit.image, found)


def _removed(target: WorkloadObject, edit: TriggerEdit, image: IstagName, found: list[Found]) -> Iterator[Entry]:
    for entry, trigger, name in found:
        if not _names(trigger, image, target.namespace) or (edit.containers and name not in edit.containers):
            yield entry


def _set(target: WorkloadObject, edit: TriggerEdit, image: IstagName, found: list[Found]) -> Iterator[Entry]:
    mine = [name for _, trigger, name in found if name and _names(trigger, image, target.namespace)]
    chosen = chosen_containers(target, edit, list(dict.fromkeys(mine)))
    for entry, trigger, name in found:
        if not _names(trigger, image, target.namespace):
            if name in chosen:
                raise _taken(target, trigger, str(name))
            yield entry
        elif name in chosen:
            yield _automatic(entry, trigger, automatic=edit.automatic)
    for name in chosen:
        if name not in mine:
            yield _new_entry(target, image, name, automatic=edit.automatic)


def _taken(target: WorkloadObject, trigger: Trigger, name: str) -> InputError:
    space = f"{trigger.namespace}/" if trigger.namespace else ""
    other = f"{bare(space)}{bare(trigger.name)}"
    return InputError(
        f"{target.described} ({target.where}): container {bare(name)} follows {other} already, and it can follow one "
        f"istag only. Remove that trigger first: --remove --from-image={other}"
    )


def _new_entry(target: WorkloadObject, istag: IstagName, name: str, *, automatic: bool) -> Entry:
    base = ".".join(map(str, target.pod_spec or ()))
    # A container is found by its name in both groups; oc writes `containers` for init containers too.
    entry: Entry = {
        "from": istag_reference(istag, target.namespace),
        "fieldPath": f'{base}.containers[?(@.name=="{name}")].image',
    }
    return entry if automatic else {**entry, "paused": True}


def _automatic(entry: Entry, trigger: Trigger, *, automatic: bool) -> Entry:
    if trigger.paused is not automatic:
        return entry
    rest = {key: value for key, value in entry.items() if key.lower() != "paused"}
    return rest if automatic else {**rest, "paused": True}


def _names(trigger: Trigger, istag: IstagName, namespace: str) -> bool:
    try:
        return trigger.istag(namespace) == istag
    except InputError:
        return False


def _container(target: WorkloadObject, trigger: Trigger) -> str | None:
    """The name of the container that a trigger is for; None where its path leads to none."""
    base = tuple(map(str, target.pod_spec or ()))
    path = container_path(trigger.field_path, base) if base else None
    if path is None:
        return None
    for group, index, name in target.containers:
        if path.selector == name or (path.selector == index and path.group == group):
            return name
    return None


def _entries(target: WorkloadObject) -> list[tuple[Entry, Trigger]]:
    """The entries of the annotation as they are written, and what each means. Raises `InputError`."""
    written = value_at(target.value, _WHERE)
    if written is None:
        return []
    advice = "Correct it by hand, or begin anew with --remove-all."
    if not isinstance(written, str):
        raise InputError(f"{target.described} ({target.where}): the annotation is not text. {advice}")
    try:
        triggers = read_triggers(written)
    except InputError as error:
        raise InputError(f"{target.described} ({target.where}): {error} {advice}") from error
    plain = items(to_plain(read_json(written, "")))
    return [(dict(mapping(entry)), trigger) for entry, trigger in zip(plain, triggers, strict=True)]


def _with_entries(target: WorkloadObject, entries: list[Entry]) -> Mapping[str, object]:
    """The object with these triggers; without any, it has no annotation, and no `annotations` that are empty."""
    if entries:
        return mapping(with_value_at(target.value, _WHERE, _go_json(entries)))
    rest = {
        key: value for key, value in mapping(value_at(target.value, ANNOTATIONS)).items() if key != TRIGGERS_ANNOTATION
    }
    if rest:
        return mapping(with_value_at(target.value, ANNOTATIONS, rest))
    metadata = {key: value for key, value in mapping(target.value.get("metadata")).items() if key != "annotations"}
    return {**target.value, "metadata": metadata}


def _go_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_GO_ESCAPES)
