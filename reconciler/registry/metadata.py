"""Metadata of an image, read from its index, its manifest and its config blob.

Nothing is fetched here. Annotations describe this manifest and win over labels, which an image inherits from its base.
Each text becomes one bounded line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.observation import ImageDetails, ImageMetadata, Platform
from reconciler.model.text import line_of
from reconciler.registry.manifest import (
    MAX_TEXTS,
    Descriptor,
    Manifest,
    ManifestError,
    parse_json_object,
    plain_name,
    texts,
)

CONFIG_TYPES = frozenset({"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"})
"""Types of config blobs that describe an image; those of other artifacts have another meaning."""
_PREFIX = "org.opencontainers.image."


def describe(manifests: tuple[Manifest, ...], config: bytes | None) -> ImageMetadata:
    """The metadata of an image: its manifests from the outermost in, and its config blob if there is one."""
    document = _config(config)
    inner = document.get("config")
    labels = texts(inner.get("Labels")) if isinstance(inner, dict) else {}
    annotations: dict[str, str] = {}
    for manifest in reversed(manifests):
        annotations |= manifest.annotations
    values = labels | annotations
    return ImageMetadata(
        created=annotations.get(f"{_PREFIX}created")
        or line_of(document.get("created"))
        or values.get(f"{_PREFIX}created"),
        version=values.get(f"{_PREFIX}version"),
        revision=values.get(f"{_PREFIX}revision"),
        source=values.get(f"{_PREFIX}source"),
        platforms=_platforms(manifests, document),
        labels=labels,
        details=_details(manifests, document),
    )


def _details(manifests: tuple[Manifest, ...], document: Mapping[str, Any]) -> ImageDetails | None:
    """The details that `oc describe` shows of an image (image-spec config.md); None if there are none."""
    inner = document.get("config")
    config = inner if isinstance(inner, dict) else {}
    children = manifests[0].children if manifests else ()
    found = ImageDetails(
        author=line_of(document.get("author")),
        entrypoint=_list(config.get("Entrypoint")),
        command=_list(config.get("Cmd")),
        working_dir=line_of(config.get("WorkingDir")),
        user=line_of(config.get("User")),
        ports=_keys(config.get("ExposedPorts")),
        environment=_list(config.get("Env")),
        volumes=_keys(config.get("Volumes")),
        layers=tuple((layer.digest, layer.size) for layer in (manifests[-1].layers if manifests else ())),
        manifests=tuple((child.platform_name or "unknown", child.digest) for child in children),
    )
    return None if found == ImageDetails() else found


def _list(value: object) -> tuple[str, ...]:
    found = (line_of(each) for each in (value[:MAX_TEXTS] if isinstance(value, list) else ()))
    return tuple(each for each in found if each is not None)


def _keys(value: object) -> tuple[str, ...]:
    return _list(sorted(value)) if isinstance(value, dict) else ()


def _config(blob: bytes | None) -> Mapping[str, Any]:
    try:
        return {} if blob is None else parse_json_object(blob)
    except ManifestError:
        return {}


def _platforms(manifests: tuple[Manifest, ...], config: Mapping[str, Any]) -> tuple[str, ...]:
    """The platforms of the index; for a single image the one in its config."""
    children = manifests[0].children if manifests else ()
    own = Descriptor(
        digest="",
        media_type="",
        size=None,
        platform=Platform(plain_name(config.get("os")), plain_name(config.get("architecture"))),
        variant=plain_name(config.get("variant")),
    )
    names = (found.platform_name for found in (children or (own,)))
    return tuple(dict.fromkeys(name for name in names if name is not None))
