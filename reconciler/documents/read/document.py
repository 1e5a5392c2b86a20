"""Documents: the bytes of a file to documents with positions.

A file named `.json`, or one that begins with `{` or `[`, is read as JSON first, and as YAML if it is not JSON. A file
that cannot be read raises `DocumentError`. Duplicate keys are kept for the findings.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.documents.read.encoding import decode
from reconciler.documents.read.json_reader import NotJsonError, read_json
from reconciler.documents.read.merge_conflict import merge_conflict
from reconciler.documents.read.node import Node, Path, position
from reconciler.documents.read.yaml_reader import read_yaml
from reconciler.errors import DocumentError
from reconciler.model.finding import Position


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file. It is never empty."""

    file: str
    root: Node
    number: int = 0
    """Its number in the file, from 0; empty documents do not count."""
    is_alone: bool = True
    """Whether it is the only document of the file."""

    def position(self, path: Path, *, key: bool = False) -> Position:
        """The position of the value at a path, or with `key` of its key; else of the deepest part that exists."""
        line, column = position(self.root, path, key=key)
        return Position(self.file, line, column)


def read_documents(data: bytes, file: str) -> list[Document]:
    """The documents of a file without the empty ones. Raises `DocumentError`."""
    text = decode(data, file)
    json_first = file.endswith(".json") or text.lstrip()[:1] in {"{", "["}
    try:
        roots = _read_either(text, file) if json_first else read_yaml(text, file)
    except DocumentError as error:
        conflict = merge_conflict(text, file)
        if conflict is None:
            raise
        raise conflict from error
    return [Document(file, root, number, len(roots) == 1) for number, root in enumerate(roots)]


def _read_either(text: str, file: str) -> list[Node]:
    """Read JSON, else YAML. If both fail, the name of the file decides whose error is raised."""
    try:
        return [read_json(text, file)]
    except NotJsonError as error:
        not_json = error
    try:
        return read_yaml(text, file)
    except DocumentError:
        if file.endswith(".json"):
            raise not_json from None
        raise
