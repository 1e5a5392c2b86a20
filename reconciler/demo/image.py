"""Tiny images, built from nothing: for the registry of the demo, and for tests against real registries."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MediaTypes:
    """The media types of one family of images."""

    index: str = "application/vnd.oci.image.index.v1+json"
    manifest: str = "application/vnd.oci.image.manifest.v1+json"
    config: str = "application/vnd.oci.image.config.v1+json"
    layer: str = "application/vnd.oci.image.layer.v1.tar+gzip"


OCI = MediaTypes()


@dataclass(frozen=True, slots=True)
class TinyImage:
    """The content of a tiny image."""

    platform: str = "linux/amd64"
    labels: Mapping[str, str] = field(default_factory=dict)
    created: str | None = None
    content: bytes = b""
    """The content of the one file in its layer, which makes images differ; empty for an empty layer."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A built image or index: its manifest, and the blobs that are pushed before it."""

    media_type: str
    manifest: bytes
    blobs: tuple[bytes, ...] = ()

    @property
    def digest(self) -> str:
        """The digest of the manifest."""
        return digest_of(self.manifest)


def digest_of(data: bytes) -> str:
    """The digest under which these bytes are stored."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def build_image(image: TinyImage, types: MediaTypes = OCI) -> Pieces:
    """Build an image; equal images have equal bytes."""
    tar = _tar(image.content)
    layer = gzip.compress(tar, mtime=0)
    system, architecture, *variant = image.platform.split("/")
    config: dict[str, object] = {
        "architecture": architecture,
        "os": system,
        "config": {"Labels": dict(image.labels)},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(tar)]},
    }
    config |= {"created": image.created} if image.created else {}
    config |= {"variant": variant[0]} if variant else {}
    config_bytes = _json(config)
    manifest = {
        "schemaVersion": 2,
        "mediaType": types.manifest,
        "config": _descriptor(types.config, config_bytes),
        "layers": [_descriptor(types.layer, layer)],
    }
    return Pieces(types.manifest, _json(manifest), (config_bytes, layer))


def build_index(images: Mapping[str, Pieces], types: MediaTypes = OCI) -> Pieces:
    """Build an index of images by platform."""
    children = []
    for platform, pieces in images.items():
        system, architecture, *variant = platform.split("/")
        where = {"os": system, "architecture": architecture} | ({"variant": variant[0]} if variant else {})
        children.append(_descriptor(pieces.media_type, pieces.manifest) | {"platform": where})
    return Pieces(types.index, _json({"schemaVersion": 2, "mediaType": types.index, "manifests": children}))


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _tar(content: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        if content:
            entry = tarfile.TarInfo("content")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()
