"""The place of a spec tag: where in a file it is declared, or where it would be added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.documents.convert.stream import to_stream
from reconciler.documents.edit.conventions import Conventions
from reconciler.documents.edit.refusal import EditRefusedError
from reconciler.documents.edit.value import value_at
from reconciler.documents.object_kind import FileObject, Kind, classify
from reconciler.documents.read.document import Document
from reconciler.documents.read.node import Node, Path, Scalar, find
from reconciler.documents.read.node import Sequence as ListNode
from reconciler.model.name import IstagName

TAGS: Path = ("spec", "tags")
CONVENTIONS = Conventions(similar=TAGS, free_keys=frozenset({"annotations"}))
"""Spec tags look alike, and people choose the keys of their annotations."""


@dataclass(frozen=True, slots=True)
class SpecTagPlace:
    """One ImageStream object of a file, and one of its spec tags."""

    document: int
    """Counts the file's documents from 0."""
    path: Path
    """The path of the object in its document."""
    index: int | None
    """The index of the tag in `spec.tags`; None where it is not there."""
    line: int

    def present(self) -> SpecTagPlace:
        """The same place. Raises `EditRefusedError` where the tag is not there."""
        if self.index is None:
            raise EditRefusedError(self.line, "the stream does not declare it here")
        return self


def find_place(documents: Sequence[Document], name: IstagName, namespace: str) -> SpecTagPlace:
    """The one place that declares the tag, else the place to add it; `namespace` is that of streams without one.

    Raises `EditRefusedError` where the tag is declared twice, or the stream is not in the file.
    """
    items = [(number, item) for number, document in enumerate(documents) for item in classify(document)]
    streams = [(number, item) for number, item in items if item.kind is Kind.STREAM and _is(item, name, namespace)]
    if not streams:
        raise _absent([item for _, item in items], name, namespace)
    found = [place for number, item in streams for place in _declared(number, item, name.tag)]
    if len(found) > 1:
        raise EditRefusedError(found[1].line, f"it is declared twice, on line {found[0].line} too")
    return found[0] if found else _place(streams)


def spec_tags(document: Document, plain: object, namespace: str) -> Iterator[tuple[IstagName, dict[str, object]]]:
    """The spec tags of a document by name, with their entries in `plain`, the plain value of the document."""
    for item in classify(document):
        if item.kind is not Kind.STREAM:
            continue
        stream = to_stream(item.plain(), namespace, item.position(())).name
        value = value_at(plain, (*item.prefix, *TAGS))
        for index, entry in enumerate(_entries(item)):
            written = find(entry, ("name",))
            if isinstance(written, Scalar) and isinstance(value, list) and isinstance(value[index], dict):
                yield stream.tag(written.raw), value[index]


def _declared(number: int, item: FileObject, tag: str) -> Iterator[SpecTagPlace]:
    for index, entry in enumerate(_entries(item)):
        written = find(entry, ("name",))
        if isinstance(written, Scalar) and written.raw == tag:
            yield SpecTagPlace(number, item.prefix, index, written.line)


def _place(streams: Sequence[tuple[int, FileObject]]) -> SpecTagPlace:
    """The place to add a tag: the last object of the stream that has tags, else the first object."""
    filled = [(number, item) for number, item in streams if _entries(item)]
    number, item = filled[-1] if filled else streams[0]
    return SpecTagPlace(number, item.prefix, None, item.position(TAGS, key=True).line)


def _entries(item: FileObject) -> tuple[Node, ...]:
    tags = find(item.node, TAGS)
    return tags.items if isinstance(tags, ListNode) else ()


def _is(item: FileObject, name: IstagName, namespace: str) -> bool:
    return to_stream(item.plain(), namespace, item.position(())).name == name.stream_name


def _absent(items: Sequence[FileObject], name: IstagName, namespace: str) -> EditRefusedError:
    for item in items:
        if item.kind is Kind.BRACES and _is(item, name, namespace):
            return EditRefusedError(item.position(()).line, "the stream has template braces ({{ }})")
    skipped = next((item for item in items if item.kind.is_skipped), None)
    if skipped is not None:
        return EditRefusedError(
            skipped.position(()).line, f"no such stream is declared here, only this: {skipped.kind.value}"
        )
    return EditRefusedError(0, "no such stream is declared here")
