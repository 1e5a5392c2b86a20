"""Image lookup: answers one question about one image from what its repository sends.

HEAD comes first. The bytes of the manifest are fetched if HEAD does not tell enough, if Legacy mode needs the index,
and for an image that is new to the caller: a digest from HEAD counts only if the manifest exists under it.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from reconciler.errors import RemoteError
from reconciler.model.observation import Found, ImageMetadata, KnownImages, Platform, Question, Reason
from reconciler.model.stream import ImportMode
from reconciler.registry.answer_error import AnswerError, mismatch, missing_digest
from reconciler.registry.manifest import (
    DEFAULT_PLATFORM,
    MEDIA_TYPES,
    Descriptor,
    Manifest,
    ManifestError,
    ManifestKind,
    parse_manifest,
)
from reconciler.registry.metadata import CONFIG_TYPES, describe
from reconciler.registry.mirror_list import MirrorList
from reconciler.registry.repository import ManifestContent

_MAX_KEPT = 10_000
_MAX_PASSED_OVER = 16
"""Entries of one index that are fetched and turn out not to be images."""


class LegacyChildren:
    """The child of each index that Legacy mode takes. It never changes, so it is looked up once; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, Platform], str] = OrderedDict()

    def get(self, index: str, platform: Platform) -> str | None:
        """The digest of the child, or None where it is not known yet."""
        with self._lock:
            return self._kept.get((index, platform))

    def keep(self, index: str, platform: Platform, child: str) -> None:
        """Remember a child."""
        with self._lock:
            self._kept[index, platform] = child
            if len(self._kept) > _MAX_KEPT:
                self._kept.popitem(last=False)


class ImageLookup:
    """The lookup of one image; the client turns what it raises into a `Failure`."""

    def __init__(
        self, repository: MirrorList, question: Question, known: KnownImages, legacy_children: LegacyChildren
    ) -> None:
        self._repository = repository
        self._question = question
        self._known = known
        self._legacy_children = legacy_children

    def answer(self) -> Found:
        """The image that the question means.

        Raises `RemoteError`, and `InputError` if a certificate file cannot be used.
        """
        seen = self._repository.head_or_get(self._question.identifier)
        if isinstance(seen, ManifestContent):
            return self._from_content(seen)
        kind = MEDIA_TYPES[seen.media_type]
        _check_supported(kind, seen.host)
        if self._wants_child(kind):
            return self._child_of(seen.digest)
        return self._image(seen.digest)

    def _from_content(self, content: ManifestContent) -> Found:
        manifest = _parsed(content)
        if self._wants_child(manifest.kind):
            return self._chosen(content.digest, manifest, content.host)
        if content.digest == self._question.identifier and content.digest not in self._known:
            return Found(content.digest, self._metadata((manifest,)))
        return self._image(content.digest)

    def _wants_child(self, kind: ManifestKind) -> bool:
        return kind is ManifestKind.INDEX and self._question.import_mode is ImportMode.LEGACY

    def _child_of(self, index: str) -> Found:
        child = self._legacy_children.get(index, self._question.platform)
        if child is not None and child in self._known:
            return Found(child)
        content = self._repository.manifest(index)
        return self._chosen(index, _parsed(content), content.host)

    def _chosen(self, index: str, manifest: Manifest, host: str) -> Found:
        """Legacy mode: the image is the child's own manifest, which must exist.

        An entry without a platform may be an attestation or an image; only its own manifest tells which.
        """
        passed_over: set[str] = set()
        while len(passed_over) < _MAX_PASSED_OVER:
            child = manifest.choose(self._question.platform, passed_over)
            if child is None:
                break
            found = self._child(child)
            if found is not None:
                self._legacy_children.keep(index, self._question.platform, child.digest)
                return found
            passed_over.add(child.digest)
        raise mismatch(host, "sent an index that names no image.")

    def _child(self, child: Descriptor) -> Found | None:
        """The image that an entry of an index names; None if it is an attestation."""
        if child.digest in self._known:
            return Found(child.digest)
        content = self._repository.manifest(child.digest)
        if child.size is not None and child.size != len(content.body):
            raise mismatch(content.host, f"sent {len(content.body)} bytes for a manifest of {child.size}.")
        parsed = _parsed(content)
        return None if parsed.is_attestation else Found(child.digest, self._metadata((parsed,)))

    def _image(self, digest: str) -> Found:
        """An image that may be recorded.

        Its manifest must exist under its digest, whatever the answer for the tag was.
        """
        if digest in self._known:
            return Found(digest)
        try:
            content = self._repository.manifest(digest)
        except AnswerError as error:
            if error.reason is not Reason.NOT_FOUND:
                raise
            raise missing_digest(error.host, digest) from error
        return Found(digest, self._metadata((_parsed(content),)))

    def _metadata(self, manifests: tuple[Manifest, ...]) -> ImageMetadata | None:
        """The metadata of the image as far as it can be read; None if there is none."""
        try:
            manifests = self._with_child(manifests)
        except (RemoteError, ManifestError):
            return describe(manifests, None)
        config = manifests[-1].config
        if config is None or config.media_type not in CONFIG_TYPES:
            return describe(manifests, None)
        try:
            return describe(manifests, self._repository.blob(config.digest, config.size))
        except RemoteError:
            return describe(manifests, None) if len(manifests) > 1 else None

    def _with_child(self, manifests: tuple[Manifest, ...]) -> tuple[Manifest, ...]:
        """Add the manifest of an index's linux/amd64 image, or of its first image, which describes the index."""
        child = manifests[0].choose(DEFAULT_PLATFORM)
        if child is None:
            return manifests
        content = self._repository.manifest(child.digest)
        return (*manifests, parse_manifest(content.body, content.content_type))


def _parsed(content: ManifestContent) -> Manifest:
    try:
        manifest = parse_manifest(content.body, content.content_type)
    except ManifestError as error:
        raise mismatch(content.host, str(error)) from error
    _check_supported(manifest.kind, content.host)
    return manifest


def _check_supported(kind: ManifestKind, host: str) -> None:
    if kind is ManifestKind.SCHEMA1:
        text = "has it as a schema 1 manifest, which is not supported."
        advice = "Push it again with a current docker, podman or skopeo."
        raise AnswerError(Reason.INVALID, f"{host} {text} {advice}", host=host)
