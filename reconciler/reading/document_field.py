"""The image fields of a document that markers and targets name, and what stays the same if its lists grow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from reconciler.documents.convert.marker import Marker
from reconciler.documents.object_kind import FileObject, Kind, classify
from reconciler.documents.read.document import Document
from reconciler.documents.read.node import Node, Path, Scalar, Sequence, find
from reconciler.model.excerpt import bare
from reconciler.model.finding import Finding
from reconciler.model.image_field import ImageField, Via, path_text
from reconciler.reading.workload import NamedIstag
from reconciler.rules.table import severity

OURS = frozenset({Kind.STREAM, Kind.CONFIG, Kind.INSTALLATION, Kind.TAG_HISTORY, Kind.TAG_HOLD})
"""The kinds of objects that have no image fields: the reconciler reads them, or writes them itself."""
_UNDECLARED = "missing-source"


@dataclass(slots=True)
class ImageFields:
    """The image fields of one file, the istags that they name, and what is wrong."""

    fields: list[ImageField] = field(default_factory=list)
    named: list[NamedIstag] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    templates: list[int] = field(default_factory=list)
    """The lines of values with template braces, which are skipped."""

    def add(self, image: ImageField, what: str) -> None:
        """Add a field; `what` names the marker or target in the finding that counts if nothing declares the istag."""
        text = f"{what} names {image.istag}, which is not declared. Declare it, unless something pushes to it."
        finding = Finding(image.position, severity(_UNDECLARED), _UNDECLARED, image.field, text)
        self.fields.append(image)
        self.named.append(NamedIstag(image.istag, finding))

    def joined(self, other: ImageFields) -> ImageFields:
        """Both together."""
        return ImageFields(
            [*self.fields, *other.fields],
            [*self.named, *other.named],
            [*self.findings, *other.findings],
            [*self.templates, *other.templates],
        )


class DocumentFields:
    """The places of one document; `namespace` is for objects without one. What it found out once is kept."""

    def __init__(self, document: Document, namespace: str) -> None:
        self.document = document
        self._namespace = namespace
        self._objects: dict[Path, FileObject] | None = None
        self._names: dict[int, Counter[str]] = {}
        """How often each name is in a list, by the id of its node, which the document keeps."""

    def object_at(self, path: Path) -> FileObject:
        """The object that a path leads into; the document itself where there is none."""
        if self._objects is None:
            self._objects = {item.prefix: item for item in classify(self.document)}
        prefixes = (path[:length] for length in range(len(path) + 1))
        found = next((prefix for prefix in prefixes if prefix in self._objects), None)
        whole = FileObject(self.document, Kind.OTHER, self.document.root)
        return whole if found is None else self._objects[found]

    def field(self, path: Path, marker: Marker, via: Via) -> ImageField:
        """The image field at a path; the last key may be missing."""
        node = find(self.document.root, path)
        return ImageField(
            file=self.document.file,
            document=self.document.number,
            path=path,
            istag=marker.istag,
            value=node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None,
            position=self.document.position(path),
            part=marker.part,
            via=via,
            owner=self._owner(self.object_at(path).node),
            identity=path_text(tuple(self._named(path))),
            is_alone=self.document.is_alone,
        )

    def _owner(self, node: Node) -> str:
        """`Deployment team-a/app`; empty for what is not an object of Kubernetes."""
        kind, name = _text(node, "kind"), _text(node, "metadata", "name")
        if not kind or not name or not _text(node, "apiVersion"):
            return ""
        return bare(f"{kind} {_text(node, 'metadata', 'namespace') or self._namespace}/{name}")

    def _named(self, path: Path) -> list[str | int]:
        """The path with the `name` of list items in place of their indexes, where no other item has that name."""
        steps: list[str | int] = []
        node: Node | None = self.document.root
        for step in path:
            name = self._name(node, step) if isinstance(node, Sequence) and isinstance(step, int) else None
            steps.append(step if name is None else f"name={name}")
            node = None if node is None else find(node, (step,))
        return steps

    def _name(self, node: Sequence, index: int) -> str | None:
        if id(node) not in self._names:
            self._names[id(node)] = Counter(_text(item, "name") or "" for item in node.items)
        name = _text(node.items[index], "name") if index < len(node.items) else None
        return name if name and self._names[id(node)][name] == 1 else None


def _text(node: Node, *path: str) -> str | None:
    found = find(node, path)
    return found.value if isinstance(found, Scalar) and isinstance(found.value, str) else None
