"""The JSON reader: JSON text (RFC 8259, tabs included) to a node, with a position for every key and value.

It works without recursion and within the same budget as the YAML reader. It records duplicate keys and does not refuse
them.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right

from reconciler.documents.read.budget import Budget
from reconciler.documents.read.node import Node, Scalar, Value
from reconciler.documents.read.scalar import resolve
from reconciler.documents.read.tree_builder import Builder
from reconciler.documents.read.yaml_reader import without_surrogates
from reconciler.errors import DocumentError

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![0-9.eE+-])", re.ASCII)
_WORD = re.compile(r"(?:true|false|null)(?![A-Za-z0-9_])", re.ASCII)
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
_OPENING = {"{": "}", "[": "]"}
_COMMENTS = ("//", "/*", "#")


class NotJsonError(DocumentError):
    """The text does not follow the grammar of JSON; it may be YAML."""


def read_json(text: str, file: str) -> Node:
    """The value of a JSON text. Raises `NotJsonError`, or `DocumentError` where the text is too large."""
    return _Reader(text, file).read()


class _Reader:
    """Reads one text. `_closing` is the stack of expected brackets, `_begun` whether the innermost is still empty."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._at = 0
        self._closing: list[str] = []
        self._begun = False
        self._builder = Builder(file, Budget(file))
        self._line_starts = [0, *(match.end() for match in re.finditer(r"\n", text))]

    def read(self) -> Node:
        """Read values until the outermost one ends."""
        self._value()
        while self._closing:
            self._step()
        self._skip()
        if self._at < len(self._text):
            raise self._error("there is text after the end of the value. Keep one value in a file.")
        root = self._builder.take()
        if root is None:
            raise self._error("there is no value. Write an object.")
        return root

    def _step(self) -> None:
        """Read the end of a container or its next value; a comma comes before every value but the first."""
        self._skip()
        closing = self._closing[-1]
        here = self._text[self._at : self._at + 1]
        if here == closing:
            self._close()
            return
        if not self._begun:
            if here != ",":
                raise self._error(f"a comma or {closing} is missing before this. Add it.")
            self._at += 1
        self._begun = False
        if closing == "}":
            self._key()
        self._value()

    def _key(self) -> None:
        self._skip()
        match = _STRING.match(self._text, self._at)
        if match is None:
            raise self._error("a key in double quotes is missing here. Take out a comma before }, or write the key.")
        self._scalar(match, _string(match[0]))
        self._skip()
        if self._text[self._at : self._at + 1] != ":":
            raise self._error("a colon is missing after the key. Add it.")
        self._at += 1

    def _value(self) -> None:
        self._skip()
        here = self._text[self._at : self._at + 1]
        if here in _OPENING:
            self._open(here)
            return
        for pattern in (_STRING, _NUMBER, _WORD):
            match = pattern.match(self._text, self._at)
            if match is not None:
                self._scalar(match, _string(match[0]) if pattern is _STRING else _bare(match[0]))
                return
        raise self._error("a value is missing here, or text is not in double quotes. Write it.")

    def _open(self, bracket: str) -> None:
        line, column = self._place()
        self._builder.open(mapping=bracket == "{", line=line, column=column)
        self._closing.append(_OPENING[bracket])
        self._begun = True
        self._at += 1

    def _close(self) -> None:
        self._closing.pop()
        self._begun = False
        self._builder.close()
        self._at += 1

    def _scalar(self, match: re.Match[str], value: Value) -> None:
        line, column = self._place()
        raw = value if isinstance(value, str) else match[0]
        self._builder.scalar(Scalar(value, raw, not isinstance(value, str), line, column))
        self._at = match.end()

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _place(self) -> tuple[int, int]:
        line = bisect_right(self._line_starts, self._at)
        return line, self._at - self._line_starts[line - 1] + 1

    def _error(self, message: str) -> NotJsonError:
        line, column = self._place()
        if self._text.startswith(_COMMENTS, self._at):
            message = "JSON has no comments. Take this one out."
        return NotJsonError(f"this is not JSON: {message}", file=self._file, line=line, column=column)


def _string(token: str) -> str:
    return without_surrogates(json.loads(token))


def _bare(token: str) -> Value:
    return _WORDS[token] if token in _WORDS else resolve(token)
