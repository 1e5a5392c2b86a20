"""Reading one workload: the findings of its trigger annotation, the istags that it names, and its image fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.documents.convert.trigger import read_triggers
from reconciler.documents.object_kind import FileObject
from reconciler.documents.read.node import Path, Scalar, find
from reconciler.errors import InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.finding import Finding
from reconciler.model.image_field import ImageField
from reconciler.model.name import IstagName, StreamName
from reconciler.model.plain import mapping, text
from reconciler.model.stream import TRIGGERS_ANNOTATION, Note, Stream
from reconciler.model.trigger import Trigger
from reconciler.reading.check import place
from reconciler.reading.image_place import ImageObject
from reconciler.rules import build_config, deployment_config, trigger_target
from reconciler.rules import trigger as rule
from reconciler.rules.config_trigger import ConfigTriggers
from reconciler.rules.table import Hit
from reconciler.settings import KIB, MAX_ANNOTATION_BYTES


@dataclass(frozen=True, slots=True)
class NamedIstag:
    """An istag that a trigger names, with the finding that counts if no file declares the istag."""

    istag: IstagName
    finding: Finding


@dataclass(frozen=True, slots=True)
class Workload:
    """The findings of one workload, the istags that its triggers name, and the values that follow them."""

    findings: tuple[Finding, ...]
    named: tuple[NamedIstag, ...] = ()
    fields: tuple[ImageField, ...] = ()
    notes: tuple[Note, ...] = ()


def read_workload(item: FileObject, namespace: str) -> Workload:
    """Read an object with the annotation; `namespace` is for one without a namespace of its own."""
    plain = mapping(item.plain())
    owner = ImageObject.of(item, plain, namespace)
    hits = list(rule.kind(plain))
    if hits or not text(plain.get("kind")):
        return Workload(tuple(_finding(item, hit) for hit in hits))
    try:
        triggers = _triggers(plain)
    except InputError as error:
        return Workload((_finding(item, rule.value(str(error))),))
    workload = trigger_target.Workload(plain)
    findings = tuple(_finding(item, hit) for hit in rule.triggers(triggers, workload, owner.namespace))
    followed = trigger_target.followed(triggers, workload, owner.namespace)
    return Workload(findings, tuple(_named(item, triggers, owner.namespace)), tuple(_fields(owner, followed)))


def is_undeclared(istag: IstagName, streams: Mapping[StreamName, Stream], broken: frozenset[IstagName]) -> bool:
    """Whether no file declares the istag: it has no spec tag, usable or broken, and no imported repository."""
    stream = streams.get(istag.stream_name)
    known = stream is not None and (istag.tag in stream.tags or stream.repository is not None)
    return not known and istag not in broken


def _triggers(plain: Mapping[str, object]) -> tuple[Trigger, ...]:
    """The triggers; none if the annotation is null. Raises `InputError`."""
    annotation = mapping(mapping(plain.get("metadata")).get("annotations")).get(TRIGGERS_ANNOTATION)
    if annotation is None:
        return ()
    if not isinstance(annotation, str):
        raise InputError(f"the annotation is {excerpt(annotation)}, not text. Write JSON in quotes, or after >-.")
    size = len(annotation.encode("utf-8", "replace"))
    if size > MAX_ANNOTATION_BYTES:
        limit = f"{MAX_ANNOTATION_BYTES // KIB} KiB"
        raise InputError(
            f"the annotation has {size // KIB} KiB, and Kubernetes refuses an object with more than {limit} "
            "of annotations. Take triggers out."
        )
    return read_triggers(annotation)


def read_config_triggers(item: FileObject, namespace: str) -> Workload:
    """Read the triggers in `spec.triggers` of a DeploymentConfig or BuildConfig; nothing for another object."""
    read = _CONFIGS.get(_text(item, "kind"))
    if read is None or _text(item, "apiVersion").rpartition("/")[0] not in read.groups:
        return Workload(())
    plain = item.plain()
    owner = ImageObject.of(item, plain, namespace)
    found = read.triggers(plain, owner.namespace)
    places = [(number, istag, ("spec", "triggers", number - 1)) for number, istag in found.named]
    named = (NamedIstag(istag, _finding(item, rule.undeclared(number, istag, at))) for number, istag, at in places)
    fields = (
        owner.field(each.path, each.istag, each.identity, paused=each.paused, requires=each.requires)
        for each in found.followed
    )
    notes = (Note(item.position(path), build_config.NOTED, build_config.WHY_NOTED) for path in found.noted)
    findings = (_finding(item, hit) for hit in found.hits)
    return Workload(tuple(findings), tuple(named), tuple(fields), tuple(notes))


@dataclass(frozen=True, slots=True)
class _ConfigKind:
    """A kind with `spec.triggers`: its API groups, and what reads its triggers in a namespace."""

    groups: frozenset[str]
    triggers: Callable[[object, str], ConfigTriggers]


_CONFIGS: Mapping[str, _ConfigKind] = {
    "DeploymentConfig": _ConfigKind(deployment_config.API_GROUPS, deployment_config.deployment_config),
    "BuildConfig": _ConfigKind(build_config.API_GROUPS, build_config.build_config),
}


def _text(item: FileObject, key: str) -> str:
    value = find(item.node, (key,))
    return value.value if isinstance(value, Scalar) and isinstance(value.value, str) else ""


def _fields(owner: ImageObject, followed: tuple[trigger_target.Followed, ...]) -> Iterator[ImageField]:
    for each in followed:
        path: Path = (*each.target.base, each.place.group, each.place.index, "image")
        yield owner.field(path, each.istag, each.target.identity, paused=each.trigger.paused)


def _named(item: FileObject, triggers: tuple[Trigger, ...], namespace: str) -> Iterator[NamedIstag]:
    for number, trigger in enumerate(triggers, start=1):
        try:
            istag = trigger.istag(namespace)
        except InputError:
            continue
        yield NamedIstag(istag, _finding(item, rule.undeclared(number, istag)))


def _finding(item: FileObject, hit: Hit) -> Finding:
    return place(item, hit).finding
