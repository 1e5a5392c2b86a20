"""Workload images: images of pods that OpenShift looks up as istags (`lookupPolicy.local`, `resolve-names`).

| the image                             | what names the istag                                                  |
| ------------------------------------- | --------------------------------------------------------------------- |
| `app:prod`, `app`                     | the name itself, if that stream of the namespace is local             |
| `quay.io/acme/app:prod` or any other  | its last part and tag, if the object has `resolve-names: "*"`         |
| `quay.io/acme/app@sha256:…`           | nothing: git says whether it was written for such a name              |
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from reconciler.model.finding import Position
from reconciler.model.image_field import ImageField, Via
from reconciler.model.name import STREAM_RE, IstagName
from reconciler.model.reference import DEFAULT_TAG, TAG_RE


@dataclass(frozen=True, slots=True)
class ImageHint:
    """The images that the bytes of a file seem to have, found without parsing it."""

    names: frozenset[str] = frozenset()
    """The names of images in one part, without their tags: `app` of `app:prod`."""
    digests: frozenset[str] = frozenset()
    """The digests of images."""
    resolves_all: bool = False
    """Whether the file has the annotation `resolve-names`."""

    def may_name(self, streams: Collection[str]) -> bool:
        """Whether the file has to be parsed, if the streams with these names are local."""
        return self.resolves_all or not self.names.isdisjoint(streams)


NO_IMAGES = ImageHint()


@dataclass(frozen=True, slots=True)
class WorkloadImage:
    """One image of an object whose images OpenShift looks up."""

    file: str
    document: int
    path: tuple[str | int, ...]
    value: str
    position: Position
    owner: str
    identity: str
    """These are the fields of an `ImageField`."""
    is_alone: bool
    namespace: str
    """Of the object, and so of the istags."""
    resolves_all: bool
    """Whether the object has the annotation `resolve-names: "*"`."""

    @property
    def istag(self) -> IstagName | None:
        """The istag that is tried; None for an image with a digest, and for one that cannot name an istag."""
        _, slash, last = self.value.rpartition("/")
        stream, colon, tag = last.partition(":")
        is_tried = "@" not in self.value and (self.resolves_all or not slash)
        is_valid = STREAM_RE.fullmatch(stream) is not None and (not colon or TAG_RE.fullmatch(tag) is not None)
        return IstagName(self.namespace, stream, tag or DEFAULT_TAG) if is_tried and is_valid else None

    def field(self, istag: IstagName) -> ImageField:
        """The image as a field that follows an istag."""
        return ImageField(
            file=self.file,
            document=self.document,
            path=self.path,
            istag=istag,
            value=self.value,
            position=self.position,
            via=Via.LOOKUP,
            owner=self.owner,
            identity=self.identity,
            is_alone=self.is_alone,
        )
