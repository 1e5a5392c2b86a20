"""The annotation `reconciler/select`: a small mapping in YAML or JSON, as text inside an ImageStream.

Values are read as they are written, so that `semver: 1.10` does not become a number.
"""

from __future__ import annotations

from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import Mapping, Node, Scalar, Sequence
from reconciler.errors import DocumentError, InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.selection import Selection

MAX_LENGTH = 4000
"""Characters of the value of the annotation."""
_ADVICE = 'Write a mapping such as semver: ">=1.4 <2".'


def read_selection(text: str) -> Selection:
    """The selection in the value of the annotation. Raises `InputError`, with what to write instead."""
    if len(text) > MAX_LENGTH:
        raise InputError(f"it is longer than {MAX_LENGTH} characters. Write fewer patterns.")
    try:
        documents = read_documents(text.encode(), "")
    except DocumentError as error:
        where = f" in its line {error.line}" if error.line > 1 else ""
        raise InputError(f"it is neither YAML nor JSON{where}: {error.message} {_ADVICE}") from error
    if len(documents) != 1 or not isinstance(documents[0].root, Mapping):
        raise InputError(f"it is not a mapping. {_ADVICE}")
    root = documents[0].root
    if root.duplicates:
        raise InputError(f"{excerpt(root.duplicates[0].key)} is written twice. Keep one of them.")
    return Selection.of({entry.key: _text(entry.key, entry.value) for entry in root.entries})


def _text(key: str, node: Node) -> str | tuple[str, ...]:
    if isinstance(node, Scalar):
        return node.raw
    if isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
        return tuple(item.raw for item in node.items if isinstance(item, Scalar))
    raise InputError(f"{excerpt(key)} is neither text nor a list of texts. Write one line of text.")
