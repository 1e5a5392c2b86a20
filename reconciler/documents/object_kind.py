"""The kind of each object of a document. Lists are unpacked; an object of an unknown kind is OTHER and not judged.

| object                                                    | kind          |
| --------------------------------------------------------- | ------------- |
| `kind: ImageStream`, any `apiVersion` (the schema checks) | STREAM        |
| the same without metadata, in a file `image-references`   | RELEASE_MAP   |
| the same with `$patch` directives                         | PATCH         |
| the same with `{{ }}` or `{% %}` in names or values       | BRACES        |
| `kind: Template`                                          | TEMPLATE      |
| an ImageStream or list and another kind, or two lists     | AMBIGUOUS     |
| `List` or `ImageStreamList` whose `items` is not a list   | AMBIGUOUS     |
| a list of `{op, path}`                                    | PATCH         |
| `kind: Kustomization` or `Component` of kustomize         | KUSTOMIZATION |
| `apiVersion: reconciler/…`                                | CONFIG, …     |
| metadata has `image.openshift.io/triggers`                | WORKLOAD      |
| anything else                                             | OTHER         |
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from reconciler.documents.read.document import Document
from reconciler.documents.read.node import Mapping, Node, Path, Scalar, Sequence, to_plain
from reconciler.documents.read.template_marker import has_template_markers
from reconciler.model.finding import Position
from reconciler.model.stream import TRIGGERS_ANNOTATION
from reconciler.settings import API_VERSION

STREAM_API = "image.openshift.io/v1"
KUSTOMIZATION_FILES = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


class Kind(Enum):
    """What an object is; the value is its name in an output."""

    STREAM = "ImageStream"
    CONFIG = "Config"
    INSTALLATION = "Installation"
    TAG_HISTORY = "TagHistory"
    TAG_HOLD = "TagHold"
    WORKLOAD = "workload"
    OTHER = "other"
    TEMPLATE = "OpenShift Template"
    PATCH = "kustomize patch"
    KUSTOMIZATION = "kustomization"
    BRACES = "file with template braces"
    RELEASE_MAP = "release payload map"
    AMBIGUOUS = "ambiguous object"

    @property
    def is_skipped(self) -> bool:
        """Whether outputs list it as skipped."""
        return self in _WHY

    @property
    def why(self) -> str:
        """Why an object of this kind is skipped, and how to declare its streams; empty for other kinds."""
        return _WHY.get(self, "")


_WHY = {
    Kind.TEMPLATE: "Its parameters have no values yet. Commit what `oc process` makes of it to declare that.",
    Kind.PATCH: "It changes an object of another file. Commit what `kustomize build` makes of both to declare that.",
    Kind.KUSTOMIZATION: "It names other files. Commit what `kustomize build` makes of them to declare that.",
    Kind.BRACES: "It has to be rendered first; what it declared before stays. Commit the rendered file in its place.",
    Kind.RELEASE_MAP: "It has no metadata.name and is not for applying. Nothing needs doing.",
}
_LISTS = frozenset({"List", "ImageStreamList"})
_OURS = {kind.value: kind for kind in (Kind.CONFIG, Kind.INSTALLATION, Kind.TAG_HISTORY, Kind.TAG_HOLD)}


@dataclass(frozen=True, slots=True)
class FileObject:
    """One object of a file, alone in its document or an item of a list."""

    document: Document
    kind: Kind
    node: Node
    prefix: Path = ()
    """Its path in the document, such as `("items", 2)`."""
    in_stream_list: bool = False
    """Items of an ImageStreamList may leave out `apiVersion` and `kind` (as the API's own lists do)."""

    def plain(self) -> object:
        """The object as plain values; an item of an ImageStreamList gets the apiVersion and kind that it lacks."""
        value = to_plain(self.node)
        if self.in_stream_list and isinstance(value, dict):
            return {"apiVersion": STREAM_API, "kind": Kind.STREAM.value} | value
        return value

    def position(self, path: Path, *, key: bool = False) -> Position:
        """The position of a value of the object, or with `key` of its key."""
        return self.document.position((*self.prefix, *path), key=key)


def classify(document: Document) -> list[FileObject]:
    """The objects of a document, in its order. Lists are unpacked, also those inside of lists."""
    found: list[FileObject] = []
    waiting: list[tuple[Node, Path, bool]] = [(document.root, (), False)]
    while waiting:
        node, prefix, in_stream_list = waiting.pop()
        if _is_ambiguous(node):
            found.append(FileObject(document, Kind.AMBIGUOUS, node, prefix))
            continue
        items = _list_items(node)
        if items is None:
            kind = _kind(document, node, in_stream_list=in_stream_list)
            found.append(FileObject(document, kind, node, prefix, in_stream_list))
            continue
        streams = _text(node, "kind") == "ImageStreamList"
        waiting.extend(reversed([(item, (*prefix, "items", index), streams) for index, item in enumerate(items)]))
    return found


def patched_files(documents: Iterable[Document]) -> Iterator[str]:
    """The files that a kustomization uses as patches; their objects are not declarations."""
    for document in documents:
        folder = posixpath.dirname(document.file)
        for name in _patch_names(document.root):
            yield posixpath.normpath(posixpath.join(folder, name))


def _patch_names(root: Node) -> Iterator[str]:
    """`patches[].path`, `patchesJson6902[].path`, `patchesStrategicMerge[]` (kustomize's kustomization file)."""
    if not isinstance(root, Mapping):
        return
    for field in ("patches", "patchesJson6902", "patchesStrategicMerge"):
        entries = root.get(field)
        for entry in entries.items if isinstance(entries, Sequence) else ():
            name = entry.raw if isinstance(entry, Scalar) else _text(entry, "path")
            if name and "\n" not in name:
                yield name


def _is_ambiguous(node: Node) -> bool:
    """Whether it is unclear what an object declares: a `---` is missing, or it has two lists or a malformed one."""
    if not isinstance(node, Mapping):
        return False
    kinds = {entry.value.raw for entry in node.duplicates if entry.key == "kind" and isinstance(entry.value, Scalar)}
    if kinds & {Kind.STREAM.value, *_LISTS}:
        return True
    is_list = _text(node, "kind") in _LISTS
    return is_list and (_list_items(node) is None or any(entry.key == "items" for entry in node.duplicates))


def _list_items(node: Node) -> tuple[Node, ...] | None:
    """The items of a `List`, an `ImageStreamList` or another list of objects; None for any other node."""
    kind = _text(node, "kind")
    if not isinstance(node, Mapping) or kind is None or not kind.endswith("List"):
        return None
    items = node.get("items")
    if isinstance(items, Sequence):
        return items.items
    empty = items is None or (isinstance(items, Scalar) and items.value is None)
    return () if empty and kind in _LISTS else None


def _kind(document: Document, node: Node, *, in_stream_list: bool) -> Kind:
    if isinstance(node, Sequence):
        return Kind.PATCH if _is_json_patch(node) else Kind.OTHER
    if not isinstance(node, Mapping):
        return Kind.OTHER
    kind = _text(node, "kind")
    if kind == Kind.STREAM.value or (in_stream_list and kind is None):
        return _stream_kind(document, node)
    return _foreign_kind(document, node, _text(node, "apiVersion") or "", kind)


def _foreign_kind(document: Document, node: Mapping, api: str, kind: str | None) -> Kind:
    group = api.partition("/")[0]
    if kind == "Template" and group in {"", "v1", "template.openshift.io"}:
        return Kind.TEMPLATE
    nameless = kind is None and posixpath.basename(document.file) in KUSTOMIZATION_FILES
    if group == "kustomize.config.k8s.io" or nameless:
        return Kind.KUSTOMIZATION
    if group == API_VERSION.partition("/")[0]:
        return _OURS.get(kind or "", Kind.OTHER)
    return Kind.WORKLOAD if _is_workload(node) else Kind.OTHER


def _stream_kind(document: Document, node: Mapping) -> Kind:
    metadata = node.get("metadata")
    if posixpath.basename(document.file).partition(".")[0] == "image-references" and _text(metadata, "name") is None:
        return Kind.RELEASE_MAP
    if _has_directive(node):
        return Kind.PATCH
    return Kind.BRACES if has_template_markers(node) else Kind.STREAM


def _has_directive(node: Mapping) -> bool:
    """Whether the object, its metadata, spec or a tag has a strategic merge directive (`$patch`, `$retainKeys`, …)."""
    spec = node.get("spec")
    tags = spec.get("tags") if isinstance(spec, Mapping) else None
    parts = (node, node.get("metadata"), spec, *(tags.items if isinstance(tags, Sequence) else ()))
    keys = (entry.key for part in parts if isinstance(part, Mapping) for entry in part.entries)
    return any(key == "$patch" or key.startswith(("$retainKeys", "$setElementOrder/", "$delete")) for key in keys)


def _is_json_patch(node: Sequence) -> bool:
    return bool(node.items) and all(_text(item, "op") and _text(item, "path") is not None for item in node.items)


def _is_workload(node: Mapping) -> bool:
    metadata = node.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    return isinstance(annotations, Mapping) and annotations.get(TRIGGERS_ANNOTATION) is not None


def _text(node: Node | None, key: str) -> str | None:
    """The value of a key if it is text, else None."""
    value = node.get(key) if isinstance(node, Mapping) else None
    return value.value if isinstance(value, Scalar) and isinstance(value.value, str) else None
