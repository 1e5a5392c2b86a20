"""Image places: image fields made from the objects of a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.documents.object_kind import FileObject
from reconciler.documents.read.node import Path, Scalar, find
from reconciler.model.excerpt import bare
from reconciler.model.image_field import ImageField, Via
from reconciler.model.name import IstagName
from reconciler.model.plain import mapping, text


@dataclass(frozen=True, slots=True)
class ImageObject:
    """An object whose values follow istags, in one namespace."""

    item: FileObject
    namespace: str
    """Of the object; else that of its file's path."""
    owner: str
    """As `ImageField.owner` has it."""

    @classmethod
    def of(cls, item: FileObject, plain: object, default_namespace: str) -> ImageObject:
        """The object, with its namespace or the default."""
        metadata = mapping(mapping(plain).get("metadata"))
        namespace = text(metadata.get("namespace"), default_namespace)
        name = text(metadata.get("name")) or text(metadata.get("generateName"))
        return cls(item, namespace, bare(f"{text(mapping(plain).get('kind'))} {namespace}/{name}"))

    def field(
        self,
        path: Path,
        istag: IstagName,
        identity: str,
        *,
        via: Via = Via.TRIGGER,
        paused: bool = False,
        requires: Iterable[IstagName] = (),
    ) -> ImageField:
        """The field at a path inside the object."""
        value = find(self.item.node, path)
        return ImageField(
            file=self.item.document.file,
            document=self.item.document.number,
            path=(*self.item.prefix, *path),
            istag=istag,
            value=value.value if isinstance(value, Scalar) and isinstance(value.value, str) else None,
            position=self.item.position(path),
            via=via,
            owner=self.owner,
            identity=identity,
            paused=paused,
            requires=frozenset(requires),
            is_alone=self.item.document.is_alone,
        )
