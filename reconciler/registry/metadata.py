"""Metadata: what an image says about itself, from its index, its manifest and its config blob.

Foreign text in, plain values out; nothing is fetched here. Annotations are about this very manifest and win over
labels, which an image inherits from its base. Whoever prints any of it cleans it first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.observation import ImageMetadata, Platform
from reconciler.registry.manifest import Descriptor, Manifest, ManifestError, clean, parse_json_object, texts

CONFIG_TYPES = frozenset({"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"})
"""Config blobs that describe an image; those of other artifacts mean something else."""
_PREFIX = "org.opencontainers.image."


def describe(manifests: tuple[Manifest, ...], config: bytes | None) -> ImageMetadata:
    """The metadata of an image: its manifests from the outermost in, and its config blob if there is one."""
    document = _config(config)
    inner = document.get("config")
    labels = texts(inner.get("Labels")) if isinstance(inner, dict) else {}
    annotations: dict[str, str] = {}
    for manifest in reversed(manifests):
        annotations |= manifest.annotations
    said = labels | annotations
    return ImageMetadata(
        created=annotations.get(f"{_PREFIX}created") or clean(document.get("created")) or said.get(f"{_PREFIX}created"),
        version=said.get(f"{_PREFIX}version"),
        revision=said.get(f"{_PREFIX}revision"),
        source=said.get(f"{_PREFIX}source"),
        platforms=_platforms(manifests, document),
        labels=labels,
    )


def _config(blob: bytes | None) -> Mapping[str, Any]:
    try:
        return {} if blob is None else parse_json_object(blob)
    except ManifestError:
        return {}


def _platforms(manifests: tuple[Manifest, ...], config: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of the index; of a single image the one in its config."""
    children = manifests[0].children if manifests else ()
    own = Descriptor(
        digest="",
        media_type="",
        size=None,
        platform=Platform(clean(config.get("os")), clean(config.get("architecture"))),
        variant=clean(config.get("variant")),
    )
    names = (found.platform_name for found in (children or (own,)))
    return tuple(dict.fromkeys(name for name in names if name is not None))
