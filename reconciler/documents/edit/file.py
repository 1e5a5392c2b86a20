"""Pages: the text of one file, rewritten so that one of its documents says something else and no byte more changes.

Every rewriting is loaded again and compared: all documents of the file mean what they did, but for what was asked. What
is added comes before what is taken out, so that no collection is ever empty in between.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.documents.edit.difference import Difference
from reconciler.documents.edit.refusal import RefusedError
from reconciler.documents.edit.span_tree import is_json, read_pieces
from reconciler.documents.edit.spec_tag_value import same, union
from reconciler.documents.edit.splice import spliced
from reconciler.documents.edit.style import Style
from reconciler.documents.read.decode import decode
from reconciler.documents.read.load import Document, load
from reconciler.documents.read.node import to_plain
from reconciler.documents.read.template_marker import first_brace
from reconciler.errors import DocumentError

_LONE_RETURN = re.compile(r"\r(?!\n)")
_CODECS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"", "utf-8"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """A file as text and as documents; `mark` is its byte order mark."""

    file: str
    text: str
    mark: bytes
    codec: str
    json: bool
    documents: Sequence[Document]

    @classmethod
    def read(cls, data: bytes, file: str) -> Page:
        """The page; raises `RefusedError` where the file cannot be read."""
        try:
            text = decode(data, file)
        except DocumentError as error:
            raise RefusedError(error.line, _unreadable(error)) from error
        try:
            documents = load(data, file)
        except DocumentError as error:
            raise _unloadable(error, text) from error
        lone = _LONE_RETURN.search(text)
        if lone is not None:
            line = text.count("\n", 0, lone.start()) + 1
            raise RefusedError(line, "lines end with lone carriage returns")
        mark, codec = next(each for each in _CODECS if data.startswith(each[0]))
        return cls(file, text, mark, codec, is_json(text, file), documents)

    def plain(self, number: int) -> object:
        """What a document says."""
        return to_plain(self.documents[number].root)

    @property
    def encoded(self) -> bytes:
        """The file's bytes."""
        return self._encoded(self.text)

    def rewritten(self, number: int, wanted: object) -> bytes:
        """The file's bytes with another meaning of one document; raises `RefusedError`."""
        current = self.plain(number)
        both = union(current, wanted)
        text = self._step(self.text, number, current, both)
        return self._encoded(self._step(text, number, both, wanted))

    def _step(self, text: str, number: int, current: object, wanted: object) -> str:
        if same(current, wanted):
            return text
        roots = read_pieces(text, json=self.json)
        style = Style(text, roots, number, json=self.json)
        done = spliced(text, Difference(style).splices(current, wanted))
        self._check(done, number, wanted)
        return done

    def _check(self, text: str, number: int, wanted: object) -> None:
        """Load the new text and compare all of it."""
        expected = [self.plain(index) for index in range(len(self.documents))]
        expected[number] = wanted
        try:
            found = [to_plain(document.root) for document in load(self._encoded(text), self.file)]
        except DocumentError as error:
            raise RefusedError(error.line, f"afterwards {_unreadable(error)}") from error
        if not same(found, expected) or (self.json and not is_json(text, self.file)):
            raise RefusedError(self.documents[number].root.line, "more than this would change")

    def _encoded(self, text: str) -> bytes:
        return self.mark + text.encode(self.codec)


def _unloadable(error: DocumentError, text: str) -> RefusedError:
    """Template braces explain why a file is no YAML from where they stand."""
    line = first_brace(text)
    if line is not None and (line <= error.line or not error.line):
        return RefusedError(line, "the file has template braces ({{ }})")
    return RefusedError(error.line, _unreadable(error))


def _unreadable(error: DocumentError) -> str:
    return f"the file cannot be read ({error.message.rstrip('.')})"
