"""Reading one workload: the findings of its trigger annotation, and the istags that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.documents.convert.trigger import read_triggers
from reconciler.documents.object_kind import FileObject
from reconciler.errors import InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.finding import Finding
from reconciler.model.name import IstagName, StreamName
from reconciler.model.plain import mapping, text
from reconciler.model.stream import TRIGGERS_ANNOTATION, Stream
from reconciler.model.trigger import Trigger
from reconciler.reading.check import place
from reconciler.rules import trigger as rule
from reconciler.rules.table import Hit


@dataclass(frozen=True, slots=True)
class NamedIstag:
    """An istag that a trigger names, with the finding that counts if no file declares the istag."""

    istag: IstagName
    finding: Finding


@dataclass(frozen=True, slots=True)
class Workload:
    """The findings of one workload, and the istags that its triggers name."""

    findings: tuple[Finding, ...]
    named: tuple[NamedIstag, ...] = ()


def read_workload(item: FileObject, namespace: str) -> Workload:
    """Read an object with the annotation; `namespace` is for one without a namespace of its own."""
    plain = mapping(item.plain())
    space = text(mapping(plain.get("metadata")).get("namespace"), namespace)
    hits = list(rule.kind(plain))
    named: list[NamedIstag] = []
    if not any(hit.path == rule.WHERE for hit in hits) and text(plain.get("kind")):
        try:
            triggers = _triggers(plain)
        except InputError as error:
            hits.append(rule.value(str(error)))
        else:
            hits.extend(rule.triggers(triggers, plain, space))
            named.extend(_named(item, triggers, space))
    return Workload(tuple(_finding(item, hit) for hit in hits), tuple(named))


def is_undeclared(named: NamedIstag, streams: Mapping[StreamName, Stream], broken: frozenset[IstagName]) -> bool:
    """Whether no file declares the istag: it has no spec tag, usable or broken, and no imported repository."""
    stream = streams.get(named.istag.stream_name)
    known = stream is not None and (named.istag.tag in stream.tags or stream.repository is not None)
    return not known and named.istag not in broken


def _triggers(plain: Mapping[str, object]) -> tuple[Trigger, ...]:
    """The triggers; none if the annotation is null. Raises `InputError`."""
    annotation = mapping(mapping(plain.get("metadata")).get("annotations")).get(TRIGGERS_ANNOTATION)
    if annotation is None:
        return ()
    if not isinstance(annotation, str):
        raise InputError(f"the annotation is {excerpt(annotation)}, not text. Write JSON in quotes, or after >-.")
    return read_triggers(annotation)


def _named(item: FileObject, triggers: tuple[Trigger, ...], namespace: str) -> Iterator[NamedIstag]:
    for number, trigger in enumerate(triggers, start=1):
        try:
            istag = trigger.istag(namespace)
        except InputError:
            continue
        yield NamedIstag(istag, _finding(item, rule.undeclared(number, istag)))


def _finding(item: FileObject, hit: Hit) -> Finding:
    return place(item, hit).finding
