"""An edited file: its text, rewritten so that one document gets another value and every other byte stays.

The engine's one entry: it knows YAML and JSON, and no kind of object. What it needs to know of a kind is given to it as
`Conventions`; `documents/edit/target` has them, with the edits of each kind.

Every rewritten text is loaded again and compared with the wanted value of each document. Additions are made before
removals, so that no collection is empty in between.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.documents.edit.conventions import Conventions
from reconciler.documents.edit.difference import Difference
from reconciler.documents.edit.refusal import EditRefusedError
from reconciler.documents.edit.span_tree import is_json, read_spans
from reconciler.documents.edit.splice import spliced
from reconciler.documents.edit.style import Style
from reconciler.documents.edit.value import same, union
from reconciler.documents.read.document import Document, read_documents
from reconciler.documents.read.encoding import decode
from reconciler.documents.read.node import to_plain
from reconciler.documents.read.template_marker import first_template_marker
from reconciler.errors import DocumentError

_LONE_RETURN = re.compile(r"\r(?!\n)")
_CODECS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"", "utf-8"),
)


@dataclass(frozen=True, slots=True)
class EditedFile:
    """A file as text and as documents; `mark` is its byte order mark."""

    file: str
    text: str
    mark: bytes
    codec: str
    json: bool
    documents: Sequence[Document]
    conventions: Conventions

    @classmethod
    def read(cls, data: bytes, file: str, conventions: Conventions) -> EditedFile:
        """Read a file for editing; raises `EditRefusedError` where it cannot be read."""
        try:
            text = decode(data, file)
        except DocumentError as error:
            raise EditRefusedError(error.line, _unreadable(error)) from error
        try:
            documents = read_documents(data, file)
        except DocumentError as error:
            raise _unloadable(error, text) from error
        lone = _LONE_RETURN.search(text)
        if lone is not None:
            line = text.count("\n", 0, lone.start()) + 1
            raise EditRefusedError(line, "lines end with lone carriage returns")
        mark, codec = next(each for each in _CODECS if data.startswith(each[0]))
        return cls(file, text, mark, codec, is_json(text, file), documents, conventions)

    def plain(self, number: int) -> object:
        """A document as a plain value; `number` counts from 0."""
        return to_plain(self.documents[number].root)

    @property
    def encoded(self) -> bytes:
        """The file's bytes."""
        return self._encoded(self.text)

    def rewritten(self, number: int, wanted: object) -> bytes:
        """The file's bytes with another value of one document; raises `EditRefusedError`."""
        current = self.plain(number)
        both = union(current, wanted)
        text = self._step(self.text, number, current, both)
        return self._encoded(self._step(text, number, both, wanted))

    def _step(self, text: str, number: int, current: object, wanted: object) -> str:
        if same(current, wanted):
            return text
        roots = read_spans(text, json=self.json)
        style = Style(text, roots, number, self.conventions, json=self.json)
        done = spliced(text, Difference(style).splices(current, wanted))
        self._check(done, number, wanted)
        return done

    def _check(self, text: str, number: int, wanted: object) -> None:
        """Load the new text and compare every document with its wanted value."""
        expected = [self.plain(index) for index in range(len(self.documents))]
        expected[number] = wanted
        try:
            found = [to_plain(document.root) for document in read_documents(self._encoded(text), self.file)]
        except DocumentError as error:
            raise EditRefusedError(error.line, f"afterwards {_unreadable(error)}") from error
        if not same(found, expected) or (self.json and not is_json(text, self.file)):
            raise EditRefusedError(self.documents[number].root.line, "more than this would change")

    def _encoded(self, text: str) -> bytes:
        return self.mark + text.encode(self.codec)


def _unloadable(error: DocumentError, text: str) -> EditRefusedError:
    """The reason: template braces on or above the line of the error, else the error itself."""
    line = first_template_marker(text)
    if line is not None and (line <= error.line or not error.line):
        return EditRefusedError(line, "the file has template braces ({{ }})")
    return EditRefusedError(error.line, _unreadable(error))


def _unreadable(error: DocumentError) -> str:
    return f"the file cannot be read ({error.message.rstrip('.')})"
