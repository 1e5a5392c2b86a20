"""An edited file: its text, rewritten so that one document gets another value and every other byte stays.

The engine's one entry: it knows YAML and JSON, and no kind of object. What it needs to know of a kind is given to it as
`Conventions`; `documents/edit/target` has them, with the edits of each kind.

Every rewritten text is loaded again and compared with the wanted value of each document. Additions are made before
removals, so that no collection is empty in between.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.documents.edit.conventions import Conventions
from reconciler.documents.edit.difference import Difference
from reconciler.documents.edit.refusal import EditRefusedError
from reconciler.documents.edit.span_tree import is_json, read_spans
from reconciler.documents.edit.splice import Splice, spliced
from reconciler.documents.edit.style import Layout, Style
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
Values = Mapping[int, object]
"""Plain values of documents, by their numbers."""


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
        return self.rewritten_each({number: wanted})

    def rewritten_each(self, wanted: Mapping[int, object]) -> bytes:
        """The file's bytes with other values of some documents, in one pass; raises `EditRefusedError`."""
        current = {number: self.plain(number) for number in wanted}
        both = {number: union(current[number], value) for number, value in wanted.items()}
        text = self._step(self.text, current, both)
        return self._encoded(self._step(text, both, wanted))

    def _step(self, text: str, current: Values, wanted: Values) -> str:
        differing = [number for number, value in wanted.items() if not same(current[number], value)]
        if not differing:
            return text
        roots = read_spans(text, json=self.json)
        layout = Layout(text, roots, json=self.json)
        splices: list[Splice] = []
        for number in differing:
            try:
                splices += Difference(Style(layout, number, self.conventions)).splices(current[number], wanted[number])
            except EditRefusedError as refused:
                refused.document = number
                raise
        done = spliced(text, splices)
        self._check(done, wanted)
        return done

    def _check(self, text: str, wanted: Values) -> None:
        """Load the new text and compare every document with its wanted value."""
        expected = [wanted[index] if index in wanted else self.plain(index) for index in range(len(self.documents))]
        try:
            found = [to_plain(document.root) for document in read_documents(self._encoded(text), self.file)]
        except DocumentError as error:
            raise EditRefusedError(error.line, f"afterwards {_unreadable(error)}") from error
        if not same(found, expected) or (self.json and not is_json(text, self.file)):
            raise EditRefusedError(self.documents[min(wanted)].root.line, "more than this would change")

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
