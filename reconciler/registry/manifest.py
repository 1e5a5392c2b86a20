"""Manifests: what the bytes behind a tag or digest are, by media type, and which platform of an index is meant.

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
from reconciler.model.text import line, token


class ManifestKind(StrEnum):
    """What a manifest is."""

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
"""Always the whole list: what a registry serves for a tag may depend on it. Schema 1 is in it to be recognised."""

# Types that say nothing; registries and proxies in front of them send these for manifests.
_GENERIC = {"", "application/json", "application/octet-stream", "text/plain", "binary/octet-stream"}
_REFERENCE_TYPE = "vnd.docker.reference.type"
_STATEMENT = "application/vnd.in-toto+json"
ANY_PLATFORM = Platform()
DEFAULT_PLATFORM = Platform("linux", "amd64")
MAX_TEXTS = 1_000
"""Of one list or map of texts; what is more is left out."""


class ManifestError(RemoteError):
    """Bytes that are not a manifest of their type; the text continues a sentence that begins with the host."""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest says about another piece of content."""

    digest: str
    media_type: str
    size: int | None
    platform: Platform = ANY_PLATFORM
    variant: str | None = None
    is_attached: bool = False
    """Whether it only says something about another entry, as buildkit's attestations do."""

    @property
    def platform_name(self) -> str | None:
        """`linux/amd64`, `linux/arm/v7`; None where it has none, as attestations (`unknown/unknown`) have none."""
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
    """Those that can be read; an image is found whatever its others are."""
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_attestation(self) -> bool:
        """Whether it only says something about an image: all that it holds are in-toto statements."""
        return bool(self.layers) and all(layer.media_type == _STATEMENT for layer in self.layers)

    def choose(self, preferred: Platform, passed_over: Container[str] = ()) -> Descriptor | None:
        """The child that OpenShift's Legacy mode takes: the preferred platform, else linux/amd64, else the first.

        Half a preference is completed with linux or amd64; variants do not matter. Attestations are no images, and
        neither are the digests that are passed over. None if there are no images.
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
    """The media type in a Content-Type header: parameters cut off, lower case."""
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
        raise ManifestError("sent JSON that is no object.")
    return document


def parse_manifest(body: bytes, content_type: str) -> Manifest:
    """The manifest in an answer; raises `ManifestError` where the bytes are not what they claim to be."""
    announced = media_type_of(content_type)
    if announced not in MEDIA_TYPES and announced not in _GENERIC:
        raise ManifestError(f"sent {announced[:100]!r}, which is no manifest.")
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
        raise ManifestError("sent a manifest without a config, or with layers that are no list.")
    layers = tuple(layer for each in entries or () if (layer := _descriptor(each)) is not None)
    return Manifest(kind, config=config, layers=layers, annotations=annotations)


def _kind(document: Mapping[str, Any], announced: str) -> ManifestKind:
    """By header and body, which may not contradict each other (image-spec manifest.md, `mediaType`)."""
    stated = document.get("mediaType")
    if stated is not None and announced in MEDIA_TYPES and stated != announced:
        raise ManifestError(f"sent a manifest as {announced!r} whose own mediaType is {str(stated)[:100]!r}.")
    kind = MEDIA_TYPES.get(stated if isinstance(stated, str) else announced)
    if kind is not None:
        _check_shape(kind, document)
        return kind
    if document.get("schemaVersion") == 1:
        return ManifestKind.SCHEMA1
    raise ManifestError("sent JSON that is no manifest.")


def _check_shape(kind: ManifestKind, document: Mapping[str, Any]) -> None:
    """A document that can be read both as an index and as an image is neither (CVE-2021-41190)."""
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
        media_type=clean(entry.get("mediaType")) or "",
        size=size if isinstance(size, int) and not isinstance(size, bool) else None,
        platform=Platform(plain_name(platform.get("os")), plain_name(platform.get("architecture"))),
        variant=plain_name(platform.get("variant")),
        is_attached=_is_attached(platform, texts(entry.get("annotations"))),
    )


def _is_attached(platform: Mapping[str, Any], annotations: Mapping[str, str]) -> bool:
    """By buildkit's attestation storage: the annotation, and a platform that nothing runs on."""
    return _REFERENCE_TYPE in annotations or "unknown" in (platform.get("os"), platform.get("architecture"))


def clean(value: object) -> str | None:
    """Text that somebody put into an image, as one line of ours; None where nothing is left of it."""
    return line(value) or None if isinstance(value, str) else None


def plain_name(value: object) -> str | None:
    """An operating system, architecture or variant; None for what can be none."""
    return token(value) if isinstance(value, str) else None


def texts(value: object) -> dict[str, str]:
    """Only the text entries of an object: annotations and labels are maps of text to text."""
    entries = islice(value.items(), MAX_TEXTS) if isinstance(value, dict) else ()
    cleaned = ((clean(name), clean(text)) for name, text in entries)
    return {name: text for name, text in cleaned if name is not None and text is not None}
