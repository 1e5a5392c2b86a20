"""Manifests: the parsed bytes behind a tag or digest, and the choice of a platform from an index.

Sources: OCI image-spec (manifest.md, image-index.md, media-types.md), Docker's manifest v2 schema 2 and schema 1.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any

from reconciler.errors import RemoteError
from reconciler.model.observation import Platform
from reconciler.model.reference import is_digest
from reconciler.model.text import line_of, token


class ManifestKind(StrEnum):
    """The kind of a manifest."""

    IMAGE = "image"
    INDEX = "index"
    SCHEMA1 = "schema 1"


OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
MEDIA_TYPES: Mapping[str, ManifestKind] = {
    OCI_INDEX: ManifestKind.INDEX,
    OCI_MANIFEST: ManifestKind.IMAGE,
    DOCKER_LIST: ManifestKind.INDEX,
    DOCKER_MANIFEST: ManifestKind.IMAGE,
    "application/vnd.docker.distribution.manifest.v1+prettyjws": ManifestKind.SCHEMA1,
    "application/vnd.docker.distribution.manifest.v1+json": ManifestKind.SCHEMA1,
}
ACCEPT = ", ".join(MEDIA_TYPES)
"""Always the whole list, because a registry may choose its answer by it.

Schema 1 is listed so that it is recognised.
"""

# Types without information; registries and proxies in front of them send these for manifests.
_GENERIC = {"", "application/json", "application/octet-stream", "text/plain", "binary/octet-stream"}
_REFERENCE_TYPE = "vnd.docker.reference.type"
_STATEMENT = "application/vnd.in-toto+json"
ANY_PLATFORM = Platform()
DEFAULT_PLATFORM = Platform("linux", "amd64")
MAX_TEXTS = 1_000
"""The maximum for one list or map of texts; the rest is left out."""


class ManifestError(RemoteError):
    """Bytes that are not a manifest of their type; the text continues a sentence that begins with the host."""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """How a manifest describes another piece of content."""

    digest: str
    media_type: str
    size: int | None
    platform: Platform = ANY_PLATFORM
    variant: str | None = None
    is_attached: bool = False
    """Whether it only describes another entry, as buildkit's attestations do."""

    @property
    def platform_name(self) -> str | None:
        """`linux/amd64`, `linux/arm/v7`; None if there is none, as with attestations (`unknown/unknown`)."""
        parts = (self.platform.os, self.platform.architecture)
        if None in parts or "unknown" in parts:
            return None
        return "/".join(part for part in (*parts, self.variant) if part)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A parsed manifest: an image has a config, an index has children."""

    kind: ManifestKind
    config: Descriptor | None = None
    children: tuple[Descriptor, ...] = ()
    layers: tuple[Descriptor, ...] = ()
    """The readable layers; an image may also have others."""
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_attestation(self) -> bool:
        """Whether it only describes an image, because all its layers are in-toto statements."""
        return bool(self.layers) and all(layer.media_type == _STATEMENT for layer in self.layers)

    def choose(self, preferred: Platform, passed_over: Container[str] = ()) -> Descriptor | None:
        """The child that OpenShift's Legacy mode takes: the preferred platform, else linux/amd64, else the first.

        A preference with one half is completed with linux or amd64; variants are ignored. Attestations and the digests
        in `passed_over` do not count as images. None if there is no image.
        """
        images = [child for child in self.children if not child.is_attached and child.digest not in passed_over]
        if preferred != ANY_PLATFORM:
            preferred = Platform(preferred.os or DEFAULT_PLATFORM.os, preferred.architecture or "amd64")
        for platform in (preferred, DEFAULT_PLATFORM):
            for child in images:
                if child.platform == platform and platform != ANY_PLATFORM:
                    return child
        return next(iter(images), None)


def media_type_of(content_type: str) -> str:
    """The media type in a Content-Type header, without parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def holds(digest: str, body: bytes) -> bool:
    """Whether the digest is that of the bytes."""
    algorithm, _, encoded = digest.partition(":")
    return hashlib.new(algorithm, body).hexdigest() == encoded


def digest_of(body: bytes) -> str:
    """The digest under which a registry stores these bytes."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def parse_json_object(body: bytes) -> dict[str, Any]:
    """A JSON object, with text that can be written as UTF-8; raises `ManifestError`."""
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ManifestError("sent something that is not JSON.") from error
    if not isinstance(document, dict):
        raise ManifestError("sent JSON that is not an object.")
    return document


def parse_manifest(body: bytes, content_type: str) -> Manifest:
    """The manifest in an answer; raises `ManifestError` if the bytes do not fit their media type."""
    announced = media_type_of(content_type)
    if announced not in MEDIA_TYPES and announced not in _GENERIC:
        raise ManifestError(f"sent {announced[:100]!r}, which is not a manifest.")
    document = parse_json_object(body)
    kind = _kind(document, announced)
    if kind is ManifestKind.SCHEMA1:
        return Manifest(kind)
    annotations = texts(document.get("annotations"))
    if kind is ManifestKind.INDEX:
        return Manifest(kind, children=_children(document), annotations=annotations)
    config = _descriptor(document.get("config"))
    entries = document.get("layers")
    if config is None or not isinstance(entries, list | None):
        raise ManifestError("sent a manifest without a config, or with layers that are not a list.")
    layers = tuple(layer for each in entries or () if (layer := _descriptor(each)) is not None)
    return Manifest(kind, config=config, layers=layers, annotations=annotations)


def _kind(document: Mapping[str, Any], announced: str) -> ManifestKind:
    """The kind by header and body, which may not contradict each other (image-spec manifest.md, `mediaType`)."""
    stated = document.get("mediaType")
    if stated is not None and announced in MEDIA_TYPES and stated != announced:
        raise ManifestError(f"sent a manifest as {announced!r} whose own mediaType is {str(stated)[:100]!r}.")
    kind = MEDIA_TYPES.get(stated if isinstance(stated, str) else announced)
    if kind is not None:
        _check_shape(kind, document)
        return kind
    if document.get("schemaVersion") == 1:
        return ManifestKind.SCHEMA1
    raise ManifestError("sent JSON that is not a manifest.")


def _check_shape(kind: ManifestKind, document: Mapping[str, Any]) -> None:
    """Refuse a document that can be read both as an index and as an image (CVE-2021-41190)."""
    foreign = {ManifestKind.INDEX: ("config", "layers"), ManifestKind.IMAGE: ("manifests",)}.get(kind, ())
    if any(name in document for name in foreign):
        raise ManifestError("sent a manifest that is an image and an index at once.")


def _children(document: Mapping[str, Any]) -> tuple[Descriptor, ...]:
    entries = document.get("manifests")
    if not isinstance(entries, list):
        raise ManifestError("sent an index without manifests.")
    children = [_descriptor(entry) for entry in entries]
    if None in children:
        raise ManifestError("sent an index with an entry that has no digest.")
    return tuple(child for child in children if child is not None)


def _descriptor(entry: object) -> Descriptor | None:
    digest = entry.get("digest") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(digest, str) or not is_digest(digest):
        return None
    size, platform = entry.get("size"), entry.get("platform")
    platform = platform if isinstance(platform, dict) else {}
    return Descriptor(
        digest=digest,
        media_type=line_of(entry.get("mediaType")) or "",
        size=size if isinstance(size, int) and not isinstance(size, bool) else None,
        platform=Platform(plain_name(platform.get("os")), plain_name(platform.get("architecture"))),
        variant=plain_name(platform.get("variant")),
        is_attached=_is_attached(platform, texts(entry.get("annotations"))),
    )


def _is_attached(platform: Mapping[str, Any], annotations: Mapping[str, str]) -> bool:
    """By buildkit's attestation storage: the annotation, or a platform that nothing runs on."""
    return _REFERENCE_TYPE in annotations or "unknown" in (platform.get("os"), platform.get("architecture"))


def plain_name(value: object) -> str | None:
    """An operating system, architecture or variant; None for text that cannot be one."""
    return token(value) if isinstance(value, str) else None


def texts(value: object) -> dict[str, str]:
    """Only the text entries of an object: annotations and labels are maps of text to text."""
    entries = islice(value.items(), MAX_TEXTS) if isinstance(value, dict) else ()
    cleaned = ((line_of(name), line_of(text)) for name, text in entries)
    return {name: text for name, text in cleaned if name is not None and text is not None}
