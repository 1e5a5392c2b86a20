"""Unknown and misplaced fields of an ImageStream: warnings, because the API of OpenShift accepts and drops them.

Each warning names where the field belongs, if another place has it, or which field was probably meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model.excerpt import bare
from reconciler.model.likeness import nearest_word
from reconciler.rules.subject import StreamSubject
from reconciler.rules.table import Hit, Path

# The fields of each level (image.openshift.io/v1, meta/v1 ObjectMeta, core/v1 ObjectReference).
_KNOWN: Mapping[str, frozenset[str]] = {
    "object": frozenset({"apiVersion", "kind", "metadata", "spec", "status"}),
    "metadata": frozenset(
        {
            "annotations",
            "clusterName",
            "creationTimestamp",
            "deletionGracePeriodSeconds",
            "deletionTimestamp",
            "finalizers",
            "generateName",
            "generation",
            "labels",
            "managedFields",
            "name",
            "namespace",
            "ownerReferences",
            "resourceVersion",
            "selfLink",
            "uid",
        }
    ),
    "spec": frozenset({"lookupPolicy", "dockerImageRepository", "tags"}),
    "lookupPolicy": frozenset({"local"}),
    "tag": frozenset({"name", "annotations", "from", "reference", "generation", "importPolicy", "referencePolicy"}),
    "from": frozenset({"kind", "name", "namespace", "apiVersion", "uid", "resourceVersion", "fieldPath"}),
    "importPolicy": frozenset({"insecure", "scheduled", "importMode"}),
    "referencePolicy": frozenset({"type"}),
}

_TO_METADATA = {name: f"metadata.{name}" for name in ("name", "namespace", "labels", "annotations")}
_TO_SPEC = {name: f"spec.{name}" for name in _KNOWN["spec"]}
_TO_POLICY = {name: f"importPolicy.{name}" for name in _KNOWN["importPolicy"]}
_TO_TAG = {name: f"{name} of the tag, beside from" for name in ("importPolicy", "referencePolicy", "reference")}

# By level and field: where the field belongs. A path without a root is relative to the tag.
_BELONGS: Mapping[str, Mapping[str, str]] = {
    "object": {**_TO_METADATA, **_TO_SPEC},
    "metadata": {**_TO_SPEC, "spec": "spec, beside metadata", "label": "metadata.labels"},
    "spec": {
        **_TO_METADATA,
        "local": "spec.lookupPolicy.local",
        "from": "from of an entry of spec.tags",
        "importPolicy": "importPolicy of an entry of spec.tags",
        "referencePolicy": "referencePolicy of an entry of spec.tags",
        **{name: f"importPolicy.{name} of an entry of spec.tags" for name in _KNOWN["importPolicy"]},
    },
    "tag": {**_TO_POLICY, "kind": "from.kind", "namespace": "from.namespace", "type": "referencePolicy.type"},
    "from": {
        **_TO_TAG,
        **_TO_POLICY,
        "annotations": "annotations of the tag, beside from",
        "type": "referencePolicy.type",
        "tag": "the pull spec in from.name, after a colon",
        "image": "from.name",
    },
    "importPolicy": {
        "type": "referencePolicy.type",
        "from": "from of the tag, beside importPolicy",
        "reference": "reference of the tag, beside importPolicy",
        "referencePolicy": "referencePolicy of the tag, beside importPolicy",
    },
    "referencePolicy": _TO_POLICY,
    "lookupPolicy": {"lookupPolicy": "spec.lookupPolicy"},
}


def fields(subject: StreamSubject) -> Iterator[Hit]:
    """The unknown and misplaced fields of an ImageStream, from the top down."""
    value = subject.plain
    yield from _level("object", value, ())
    for name in ("metadata", "spec"):
        part = _child(value, name)
        yield from _level(name, part, (name,))
    spec = _child(value, "spec")
    yield from _level("lookupPolicy", _child(spec, "lookupPolicy"), ("spec", "lookupPolicy"))
    tags = _child(spec, "tags")
    for index, tag in enumerate(tags if isinstance(tags, list) else ()):
        yield from _tag(tag, ("spec", "tags", index))


def _tag(tag: object, path: Path) -> Iterator[Hit]:
    yield from _level("tag", tag, path)
    for name in ("from", "importPolicy", "referencePolicy"):
        yield from _level(name, _child(tag, name), (*path, name))


def _level(level: str, value: object, path: Path) -> Iterator[Hit]:
    if not isinstance(value, dict):
        return
    known = _KNOWN[level]
    for key in value:
        if key not in known:
            yield _hit(level, key, path, [name for name in known if name not in value])


def _hit(level: str, key: str, path: Path, absent: list[str]) -> Hit:
    """The hit names where the field belongs, else which absent field was meant, else that it is unknown."""
    shown = bare(key)
    belongs = _BELONGS.get(level, {}).get(key)
    if belongs is not None:
        return Hit(
            "misplaced-field", (*path, key), f"{shown} has no effect here. It belongs to {belongs}.", at_key=True
        )
    meant = nearest_word(key, absent)
    if meant is not None:
        return Hit("unknown-field", (*path, key), f"{shown} is unknown. {meant} is probably meant.", at_key=True)
    known = ", ".join(sorted(_KNOWN[level]) if len(_KNOWN[level]) < 10 else ())  # noqa: PLR2004 - as many as fit on a line
    advice = f" Known here: {known}." if known else " Take it out."
    return Hit("unknown-field", (*path, key), f"{shown} is unknown and has no effect.{advice}", at_key=True)


def _child(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None
