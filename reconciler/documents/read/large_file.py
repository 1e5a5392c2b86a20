"""A large file: one that is too large to be read as a whole, split into its objects.

It splits what servers print: a List as JSON or as YAML in block style, and several YAML documents. A file of another
form stays whole. Each part has the limits of a file. Lines and columns are those of the whole file.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.documents.read.document import Document, read_documents
from reconciler.documents.read.encoding import decode
from reconciler.documents.read.node import Entry, Mapping, Node, Scalar
from reconciler.documents.read.node import Sequence as ListNode
from reconciler.errors import DocumentError
from reconciler.settings import MAX_EXPORT_BYTES, MAX_FILE_BYTES

_DOCUMENT = re.compile(r"---(?:\s|$)")
_ITEMS = re.compile(r"items:[ \t]*(?:#.*)?\r?")
_DASH = re.compile(r"( *)-(?:[ \t\r]|$)")
_NOTHING = re.compile(r"[ \t\r]*(?:#.*)?")
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class FilePart:
    """One object of a file, or the whole file."""

    file: str
    data: bytes
    line: int = 0
    """The number of lines of the file before it."""
    head: bytes | None = None
    """The List that it is an item of, without the items; None if it is not an item."""
    index: int = 0
    """Its index in the items of the List."""

    def load(self) -> list[Document]:
        """Its documents. Raises `DocumentError`."""
        try:
            documents = [
                Document(self.file, _moved(each.root, self.line)) for each in read_documents(self.data, self.file)
            ]
            return [self._listed(each) for each in documents] if self.head is not None else documents
        except DocumentError as error:
            line = self.line + max(error.line, 1 if self.line else 0)
            raise DocumentError(error.message, file=self.file, line=line, column=error.column) from error

    def _listed(self, document: Document) -> Document:
        """The object as the only item of its List: the List may give the kind of its items."""
        heads = read_documents(self.head or b"", self.file)
        root = heads[0].root if heads else None
        entries = root.entries if isinstance(root, Mapping) else ()
        line, column = document.root.line, document.root.column
        items = Entry("items", ListNode((document.root,), line, column), line, column)
        return Document(self.file, Mapping((*(each for each in entries if each.key != "items"), items), line, column))


def split_file(data: bytes, file: str, limit: int = MAX_FILE_BYTES) -> list[FilePart]:
    """The parts of a file. A file of at most `limit` bytes, or of another form, is one part. Raises `DocumentError`."""
    if len(data) <= limit:
        return [FilePart(file, data)]
    text = decode(data, file, MAX_EXPORT_BYTES)
    pieces = list(_json_items(text, file)) if text.lstrip()[:1] == "{" else list(_yaml_documents(text, file))
    return pieces or [FilePart(file, data)]


def _json_items(text: str, file: str) -> Iterator[FilePart]:
    """The items of a List; empty for other text (reading the whole file gives the error)."""
    try:
        head, spans = _json_spans(text)
    except (ValueError, RecursionError):
        return
    line, at = 0, 0
    for index, (start, end) in enumerate(spans):
        line, at = line + text.count("\n", at, start), start
        column = start - text.rfind("\n", 0, start) - 1
        yield FilePart(file, (" " * column + text[start:end]).encode(), line, json.dumps(head).encode(), index)


def _json_spans(text: str) -> tuple[dict[str, object], list[tuple[int, int]]]:
    """An object without its `items`, and the span of each item. Raises `ValueError` for any other text."""
    decoder = json.JSONDecoder()
    head: dict[str, object] = {}
    spans: list[tuple[int, int]] = []
    at = _after(text, 0, "{")
    while True:
        key, at = decoder.raw_decode(text, _skip(text, at))
        at = _skip(text, _after(text, at, ":"))
        if key == "items" and text[at : at + 1] == "[":
            at = _json_array(text, at, decoder, spans)
        else:
            head[str(key)], at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            return head, spans
        at = _after(text, at, ",")


def _json_array(text: str, at: int, decoder: json.JSONDecoder, spans: list[tuple[int, int]]) -> int:
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        _, end = decoder.raw_decode(text, at)
        spans.append((at, end))
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    return at + 1


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _after(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"{mark} is missing")
    return at + 1


def _yaml_documents(text: str, file: str) -> Iterator[FilePart]:
    """The documents, and instead of a List its items."""
    lines = text.split("\n")
    start, filled = 0, False
    for number, line in enumerate(lines):
        if _DOCUMENT.match(line) and filled:
            yield from _yaml_pieces(lines[start:number], start, file)
            start, filled = number, False
        filled = filled or not (_NOTHING.fullmatch(line) or line.startswith(("---", "%")))
    if filled:
        yield from _yaml_pieces(lines[start:], start, file)


def _yaml_pieces(lines: Sequence[str], before: int, file: str) -> Iterator[FilePart]:
    """The items of one document, or the whole document."""
    at = next((number for number, line in enumerate(lines) if _ITEMS.fullmatch(line)), None)
    starts, end = _yaml_items(lines, at + 1) if at is not None else ([], 0)
    if at is None or not starts:
        yield FilePart(file, "\n".join(lines).encode(), before)
        return
    head = "\n".join([*lines[:at], *lines[end:]]).encode()
    for index, (start, stop) in enumerate(zip(starts, [*starts[1:], end], strict=True)):
        item = [lines[start].replace("-", " ", 1), *lines[start + 1 : stop]]
        yield FilePart(file, "\n".join(item).encode(), before + start, head, index)


def _yaml_items(lines: Sequence[str], first: int) -> tuple[list[int], int]:
    """The first lines of the items of a list in block style, and the line behind the list."""
    starts: list[int] = []
    width = 0
    for number in range(first, len(lines)):
        line = lines[number]
        if _NOTHING.fullmatch(line):
            continue
        dash = _DASH.match(line)
        if not starts:
            if dash is None:
                break
            width = len(dash[1])
        indent = len(line) - len(line.lstrip(" "))
        if dash is not None and indent == width:
            starts.append(number)
        elif indent <= width:
            return starts, number
    return starts, len(lines)


def _moved(node: Node, lines: int) -> Node:
    """The node with its positions moved down by a number of lines; the budget bounds the depth of the recursion."""
    if not lines:
        return node
    line = node.line + lines
    if isinstance(node, Scalar):
        return dataclasses.replace(node, line=line)
    if isinstance(node, ListNode):
        return ListNode(tuple(_moved(each, lines) for each in node.items), line, node.column)
    entries, duplicates = (
        tuple(_moved_entry(each, lines) for each in group) for group in (node.entries, node.duplicates)
    )
    index = None if node.index is None else {each.key: each for each in entries}
    return Mapping(entries, line, node.column, duplicates, index)


def _moved_entry(entry: Entry, lines: int) -> Entry:
    return Entry(entry.key, _moved(entry.value, lines), entry.line + lines, entry.column)
