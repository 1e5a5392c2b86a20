"""The clean spec of an exported stream: the fields that people wrote, without those that the server wrote.

It keeps names, labels, annotations with a meaning, `lookupPolicy.local`, `dockerImageRepository` and the fields of each
tag that decide its image. It leaves out `status`, generations, uids and written-out defaults. An export without
`importMode` comes from an OpenShift that had one mode only, so that mode (`Legacy`) is written: a missing mode means
`PreserveOriginal` here (design 3.4), and a multi-platform image would move.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.documents.object_kind import STREAM_API, Kind
from reconciler.documents.render.stream import Value
from reconciler.edit.adopt.cluster_registry import ClusterRegistry
from reconciler.model.name import StreamName
from reconciler.model.plain import flag, items, mapping, text, text_map
from reconciler.model.stream import ImportMode, SourceKind

NOISE = frozenset(
    {
        "openshift.io/image.dockerRepositoryCheck",  # when OpenShift last imported
        "openshift.io/generated-by",  # which command made the object
        "kubectl.kubernetes.io/last-applied-configuration",  # the object once more
        "argocd.argoproj.io/tracking-id",  # which Application owned it there
        "operator.openshift.io/spec-hash",  # what an operator last applied
    }
)
"""Annotations that a server or a tool writes for itself."""

_SERVER_FIELDS = ("uid", "resourceVersion", "selfLink", "managedFields")


def clean_stream(
    plain: object, name: StreamName, tags: Iterable[str], registry: ClusterRegistry, mode: ImportMode | None = None
) -> dict[str, Value]:
    """The stream as a person would declare it, with only the given spec tags.

    `mode` is the import mode of all tags; None for the modes of the export.
    """
    value = mapping(plain)
    metadata, spec = mapping(value.get("metadata")), mapping(value.get("spec"))
    annotations = {key: each for key, each in text_map(metadata.get("annotations")).items() if key not in NOISE}
    kept = set(tags)
    default = ImportMode.LEGACY.value if is_live(value) else ""
    entries = [mapping(entry) for entry in items(spec.get("tags"))]
    return {
        "apiVersion": STREAM_API,
        "kind": Kind.STREAM.value,
        "metadata": {
            "name": name.name,
            "namespace": name.namespace,
            "labels": text_map(metadata.get("labels")),
            "annotations": annotations,
        },
        "spec": {
            **_if(flag(mapping(spec.get("lookupPolicy")).get("local")), lookupPolicy={"local": True}),
            **_if(text(spec.get("dockerImageRepository")), dockerImageRepository=_repository(spec, registry)),
            "tags": [
                _tag(entry, name, registry, _mode(entry, mode, default))
                for entry in entries
                if text(entry.get("name")) in kept
            ],
        },
    }


def is_live(plain: Mapping[str, object]) -> bool:
    """Whether a server wrote the object: a server leaves out a field on purpose."""
    metadata = mapping(plain.get("metadata"))
    return any(metadata.get(field) for field in _SERVER_FIELDS) or bool(mapping(plain.get("status")).get("tags"))


def _repository(spec: Mapping[str, object], registry: ClusterRegistry) -> str:
    return registry.public(text(spec.get("dockerImageRepository")))


def _mode(entry: Mapping[str, object], request: ImportMode | None, default: str) -> str:
    """The import mode of a spec tag; empty where none is named."""
    exported = text(mapping(entry.get("importPolicy")).get("importMode"))
    return request.value if request else exported or default


def _tag(entry: Mapping[str, object], stream: StreamName, registry: ClusterRegistry, mode: str) -> dict[str, Value]:
    reference = text(mapping(entry.get("referencePolicy")).get("type"))
    return {
        "name": text(entry.get("name")),
        "annotations": text_map(entry.get("annotations")),
        "from": _from(mapping(entry.get("from")), stream, registry),
        **_if(flag(entry.get("reference")), reference=True),
        "importPolicy": _import_policy(entry, mode),
        **_if(reference not in {"", "Source"}, referencePolicy={"type": reference}),
    }


def _from(source: Mapping[str, object], stream: StreamName, registry: ClusterRegistry) -> dict[str, Value]:
    kind, name, namespace = (text(source.get(key)) for key in ("kind", "name", "namespace"))
    if not kind:
        return {}
    if kind == SourceKind.DOCKER_IMAGE:
        return {"kind": kind, "name": registry.public(name)}
    return {"kind": kind, "name": name, **_if(namespace not in {"", stream.namespace}, namespace=namespace)}


def _import_policy(entry: Mapping[str, object], mode: str) -> dict[str, Value]:
    policy = mapping(entry.get("importPolicy"))
    imported = mapping(entry.get("from")).get("kind") == SourceKind.DOCKER_IMAGE and not flag(entry.get("reference"))
    return {
        **_if(flag(policy.get("insecure")), insecure=True),
        **_if(flag(policy.get("scheduled")), scheduled=True),
        **_if(imported and mode, importMode=mode),
    }


def _if(condition: object, **fields: Value) -> dict[str, Value]:
    """The fields, where the condition holds."""
    return fields if condition else {}
