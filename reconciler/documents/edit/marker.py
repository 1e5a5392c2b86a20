"""Marker comments: where `# {"$imagestream": …}` is in a YAML text, and which value is on its line.

A `#` begins a comment at the start of a line or behind a blank (YAML 1.2, section 6.6), outside of the scalars of the
span tree. A marker belongs to the only scalar that ends on its line; for a block scalar that is the line of its header.
A comment of its own line that has other text before the marker is commented-out YAML and is not a marker.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, replace

from reconciler.documents.convert.marker import KEY
from reconciler.documents.edit.span_tree import Member, Shape, Span, aliases, content_start, read_spans
from reconciler.documents.edit.splice import leads_line, line_end, line_start, next_line
from reconciler.documents.read.node import Path
from reconciler.model.excerpt import bare

_HASH = re.compile(r"(?:^|(?<=[ \t]))#")
_AT_END = f'Put it at the end of the line of the value: image: quay.io/acme/app:1 # {{"{KEY}": "team-a/app:prod"}}.'
_OWN_LINE = f"the marker has a line of its own. {_AT_END}"
_NO_VALUE = f"the marker is on a line without a value. {_AT_END}"
_COLLECTION = f"the marker is on the line of a mapping or a list. {_AT_END}"
_SEVERAL = "the marker is on a line with several values. Give its value a line of its own."
_IN_BLOCK = f"the marker is inside the text of a block scalar and has no effect. {_AT_END}"
_NOT_FIRST = "the comment has text before the marker. Take it out, or put it on the line above."


@dataclass(frozen=True, slots=True)
class FoundMarker:
    """A comment that looks like a marker."""

    text: str
    """What is behind the `#`."""
    line: int
    column: int
    document: int = 0
    path: Path | None = None
    """The path of its value; None if it has none."""
    value_line: int = 0
    problem: str = ""
    """Why it has no value, and what to do; empty if it has one."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A value without members; `at` is the offset that decides on which line it is."""

    at: int
    document: int
    path: Path
    span: Span
    shared: str = ""
    """Why a change of it would change other values too."""


def find_markers(text: str, key: str = KEY) -> list[FoundMarker]:
    """The markers of a YAML text that `read_documents` can read, in the written order; `key` may be another tool's."""
    page = _Page(text, key)
    found: list[FoundMarker] = []
    line, counted, at = 1, 0, text.find(key)
    while at >= 0:
        start = line_start(text, at)
        line, counted = line + text.count("\n", counted, start), start
        marker = page.marker(start, text.rfind(key, start, line_end(text, at)), line)
        if marker is not None:
            found.append(marker)
        at = text.find(key, next_line(text, at))
    return found


class _Page:
    """A text with its values, and the extents of the contents of its scalars."""

    def __init__(self, text: str, key: str) -> None:
        self._text = text
        name = re.escape(key)
        self._looks = re.compile(rf"""\{{\s*["']?{name}|["']?{name}["']?\s*:""")
        self._in_text = re.compile(rf"""#\s*\{{\s*["']?{name}[^\r\n]*""")
        self._values: list[_Value] = []
        self._contents: list[tuple[int, int, bool]] = []
        """Start, end, and whether it is the text of a block scalar."""
        for number, root in enumerate(read_spans(text, json=False)):
            self._read(number, Member(None, root))
        self._values.sort(key=lambda each: each.at)
        self._contents.sort()

    def marker(self, start: int, at: int, line: int) -> FoundMarker | None:
        """The marker on the line that begins at `start`; its key is at the offset `at`."""
        hashes = (start + each.start() for each in _HASH.finditer(self._text[start:at]))
        comment = next((each for each in hashes if self._content(each) is None), None)
        if comment is None:
            return self._inside(start, at, line)
        body = self._text[comment + 1 : line_end(self._text, at)].strip()
        looks = self._looks.search(body)
        leads = leads_line(self._text, comment)
        if looks is None or (leads and looks.start() > 0):
            return None
        found = FoundMarker(body, line, comment - start + 1)
        if leads or looks.start() > 0:
            return replace(found, problem=_OWN_LINE if leads else _NOT_FIRST)
        return self._placed(found, start, comment)

    def _inside(self, start: int, at: int, line: int) -> FoundMarker | None:
        """What looks like a marker in the text of a block scalar."""
        content = self._content(at)
        shown = self._in_text.search(self._text, start, line_end(self._text, at))
        if content is None or not content[2] or shown is None:
            return None
        return FoundMarker(shown[0], line, shown.start() - start + 1, problem=_IN_BLOCK)

    def _placed(self, found: FoundMarker, start: int, comment: int) -> FoundMarker:
        """The marker with the one value that ends on its line before the comment."""
        first = bisect_left(self._values, start + 1, key=lambda each: each.at)
        last = bisect_right(self._values, comment, key=lambda each: each.at)
        values = self._values[first:last]
        if len(values) > 1:
            return replace(found, problem=_SEVERAL)
        if not values:
            return replace(found, problem=_NO_VALUE)
        (value,) = values
        if value.span.shape in {Shape.MAPPING, Shape.SEQUENCE}:
            return replace(found, problem=_COLLECTION)
        if value.span.start == value.span.end:
            return replace(found, problem=_NO_VALUE)
        return replace(
            found, document=value.document, path=value.path, value_line=value.span.line, problem=value.shared
        )

    def _content(self, at: int) -> tuple[int, int, bool] | None:
        """The content of a scalar that an offset is in."""
        index = bisect_right(self._contents, at, key=lambda each: each[0]) - 1
        found = self._contents[index] if index >= 0 else None
        return found if found is not None and at < found[1] else None

    def _read(self, number: int, root: Member) -> None:
        used = aliases(root)
        waiting: list[tuple[Member, Path, str]] = [(root, (), "")]
        while waiting:
            member, path, shared = waiting.pop()
            span = member.value
            if member.key is not None:
                self._note(member.key)
            shared = shared or _shared(span, used)
            if span.members:
                waiting.extend((each, (*path, _step(each, index)), shared) for index, each in enumerate(span.members))
                continue
            self._note(span)
            self._values.append(_Value(self._place(span), number, path, span, shared))

    def _place(self, span: Span) -> int:
        return content_start(self._text, span) + 1 if span.quote in {"|", ">"} else span.end

    def _note(self, span: Span) -> None:
        start = content_start(self._text, span)
        if span.shape is Shape.SCALAR and start < span.end:
            is_block = span.quote in {"|", ">"}
            self._contents.append((line_end(self._text, start) if is_block else start, span.end, is_block))


def _step(member: Member, index: int) -> str | int:
    return index if member.key is None else member.key.raw


def _shared(span: Span, used: Counter[str]) -> str:
    if span.shape is Shape.ALIAS:
        return f"the value is the alias *{bare(span.anchor or '')}. Write the value out."
    if span.anchor is not None and span.anchor in used:
        return f"the anchor &{bare(span.anchor)} on or around the value is used elsewhere. Write the value out there."
    return ""
