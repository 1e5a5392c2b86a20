"""Image lookup: whether plain names of images are looked up in image streams, as `oc set image-lookup` writes it.

| object                | field                                                                         |
| --------------------- | ----------------------------------------------------------------------------- |
| ImageStream           | `spec.lookupPolicy.local`: pods of its namespace may name it as their image    |
| with a pod template   | the annotation `alpha.image.policy.openshift.io/resolve-names: "*"` of the template |
| Pod                   | the same annotation of the object                                             |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.documents.edit.target.workload_object import WorkloadObject
from reconciler.documents.edit.value import value_at, with_value_at
from reconciler.documents.read.image_hint import RESOLVE_NAMES
from reconciler.documents.read.node import Path
from reconciler.errors import InputError
from reconciler.model.plain import flag, mapping

_ALL: Final = "*"
"""The only value that has an effect."""
_LOCAL: Path = ("spec", "lookupPolicy", "local")
_METADATA: Path = ("metadata",)
STREAM: Final = "ImageStream"


def is_looked_up(target: WorkloadObject) -> bool:
    """Whether lookup is enabled for an object."""
    if target.kind == STREAM:
        return flag(value_at(target.value, _LOCAL))
    return any(_value(target, place) == _ALL for place in _places(target))


def lookup_steps(target: WorkloadObject, *, enabled: bool) -> Iterator[object]:
    """The wanted value of the object; nothing where it does not change. Raises `InputError`."""
    if target.kind == STREAM:
        if is_looked_up(target) is not enabled:
            yield with_value_at(target.value, _LOCAL, enabled)
        return
    places = _places(target)
    if not places:
        raise InputError(f"{target.described} ({target.where}) has no pod template, so it names no images to look up.")
    if is_looked_up(target) is enabled:
        return
    if enabled:
        yield with_value_at(target.value, (*places[0], "annotations", RESOLVE_NAMES), _ALL)
        return
    wanted = target.value
    for place in places:
        wanted = _without(wanted, place) if _value(target, place) == _ALL else wanted
    yield wanted


def _places(target: WorkloadObject) -> list[Path]:
    """The paths of the metadata that may have the annotation, that of the pod template first."""
    pod_spec = target.pod_spec
    if pod_spec is None:
        return []
    template = (*pod_spec[:-1], *_METADATA)
    return [template] if template == _METADATA else [template, _METADATA]


def _value(target: WorkloadObject, place: Path) -> object:
    return value_at(target.value, (*place, "annotations", RESOLVE_NAMES))


def _without(value: Mapping[str, object], place: Path) -> Mapping[str, object]:
    """The object without the annotation, and without `annotations` and `metadata` that would be empty."""
    metadata = mapping(value_at(value, place))
    rest = {key: each for key, each in mapping(metadata.get("annotations")).items() if key != RESOLVE_NAMES}
    wanted = {key: each for key, each in metadata.items() if key != "annotations"} | (
        {"annotations": rest} if rest else {}
    )
    if wanted:
        return mapping(with_value_at(value, place, wanted))
    above = {key: each for key, each in mapping(value_at(value, place[:-1])).items() if key != place[-1]}
    return mapping(with_value_at(value, place[:-1], above))
