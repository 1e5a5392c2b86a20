"""Streams, histories and holds: from plain values, with keys in camelCase, to the model.

The values have been checked by the schemas. A value of another type becomes the default and never raises an error.
"""

from __future__ import annotations

from reconciler.documents.convert.selection import read_selection
from reconciler.errors import InputError
from reconciler.model.finding import Position
from reconciler.model.history import Cause, HeldImage, TagEvent, TagHistory, TagHold
from reconciler.model.name import IstagName, StreamName
from reconciler.model.plain import count, flag, items, mapping, text, text_map
from reconciler.model.selection import Selection
from reconciler.model.stream import SELECT_ANNOTATION, ImportMode, Source, SourceKind, SpecTag, Stream


def to_stream(value: object, namespace: str, position: Position) -> Stream:
    """The stream without its tags (see `to_tag`). `namespace` is used where the stream has none."""
    plain = mapping(value)
    metadata, spec = mapping(plain.get("metadata")), mapping(plain.get("spec"))
    return Stream(
        name=StreamName(text(metadata.get("namespace"), namespace), text(metadata.get("name"))),
        positions=(position,),
        repository=text(spec.get("dockerImageRepository")) or None,
        annotations=text_map(metadata.get("annotations")),
        local_lookup=flag(mapping(spec.get("lookupPolicy")).get("local")),
    )


def to_tag(value: object, namespace: str, position: Position) -> SpecTag:
    """One entry of `spec.tags` with the defaults of OpenShift. `namespace` is that of the stream."""
    plain = mapping(value)
    policy = mapping(plain.get("importPolicy"))
    annotations = text_map(plain.get("annotations"))
    source, reference = to_source(plain.get("from"), namespace), flag(plain.get("reference"))
    return SpecTag(
        name=text(plain.get("name")),
        source=source,
        position=position,
        reference=reference,
        scheduled=flag(policy.get("scheduled")),
        insecure=flag(policy.get("insecure")),
        import_mode=_import_mode(policy.get("importMode")),
        annotations=annotations,
        reference_policy=text(mapping(plain.get("referencePolicy")).get("type"), "Source"),
        selection=None if reference else _selection(annotations.get(SELECT_ANNOTATION), source),
    )


def _selection(annotation: str | None, source: Source | None) -> Selection | None:
    """The selection; None where the annotation is malformed (which is a finding) or the source has only one version."""
    if annotation is None or source is None or source.kind is not SourceKind.DOCKER_IMAGE or "@" in source.name:
        return None
    try:
        return read_selection(annotation)
    except InputError:
        return None


def to_source(value: object, namespace: str | None = None) -> Source | None:
    """The source in a `from`; None where it is missing or has no known kind. A DockerImage never has a namespace."""
    plain = mapping(value)
    kind, name = text(plain.get("kind")), text(plain.get("name"))
    if kind not in set(SourceKind) or not name:
        return None
    known = SourceKind(kind)
    if known is SourceKind.DOCKER_IMAGE:
        return Source(known, name)
    return Source(known, name, text(plain.get("namespace"), namespace or "") or None)


def to_history(value: object, name: IstagName) -> TagHistory:
    """The TagHistory of an istag."""
    return TagHistory(name, tuple(_event(item) for item in items(mapping(value).get("items"))))


def to_hold(value: object, name: IstagName) -> TagHold:
    """The TagHold of an istag."""
    return TagHold(name, tuple(_held(item) for item in items(mapping(value).get("held"))))


def _event(value: object) -> TagEvent:
    plain = mapping(value)
    cause = text(plain.get("cause"))
    return TagEvent(
        image=text(plain.get("image")) or None,
        pull_spec=text(plain.get("dockerImageReference")),
        created=text(plain.get("created")),
        generation=count(plain.get("generation"), 0),
        source=to_source(plain.get("from")),
        cause=Cause(cause) if cause in set(Cause) else Cause.DECLARED,
        import_mode=_import_mode(plain.get("importMode")),
    )


def _held(value: object) -> HeldImage:
    plain = mapping(value)
    image = text(plain.get("image")) or None
    return HeldImage(
        image=image,
        pull_spec=text(plain.get("dockerImageReference")) or None,
        commit=text(plain.get("commit")),
        source=to_source(plain.get("from")),
        import_mode=_import_mode(plain.get("importMode")),
        other_kind=plain.get("reference") is (image is not None),
    )


def _import_mode(value: object) -> ImportMode:
    """The import mode; unset means PreserveOriginal (design 3.4; the default of a cluster may be Legacy)."""
    return ImportMode.LEGACY if value == ImportMode.LEGACY.value else ImportMode.PRESERVE_ORIGINAL
