"""Loading: the bytes of a file to documents with positions.

Files named `.json`, and bytes that start with `{` or `[`, are JSON first, tabs and all, and YAML if they are not.
Everything that can be wrong with the bytes themselves is a `DocumentError`; duplicate keys are kept for the findings.
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
    """One document of a file, never empty."""

    file: str
    root: Node

    def position(self, path: Path, *, key: bool = False) -> Position:
        """Where the value at a path stands, or with `key` its key; the deepest part that is there."""
        line, column = position(self.root, path, key=key)
        return Position(self.file, line, column)


def read_documents(data: bytes, file: str) -> list[Document]:
    """The documents of a file, empty ones left out; raises `DocumentError` with line, column and a plain sentence."""
    text = decode(data, file)
    json_first = file.endswith(".json") or text.lstrip()[:1] in {"{", "["}
    try:
        roots = _read_either(text, file) if json_first else read_yaml(text, file)
    except DocumentError as error:
        conflict = merge_conflict(text, file)
        if conflict is None:
            raise
        raise conflict from error
    return [Document(file, root) for root in roots]


def _read_either(text: str, file: str) -> list[Node]:
    """JSON, else YAML; the error is that of the language the file's name says."""
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
