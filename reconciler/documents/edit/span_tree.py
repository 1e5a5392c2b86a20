"""The span tree: the values of a YAML or JSON text with their offsets, and how each is written.

A `Node` has the meaning of a document; a span tree has its text: aliases, merge keys, anchors and quotes as they are
written. `read_documents` has checked the bounds before; both leave out the same empty documents.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from reconciler.documents.edit.splice import line_end, line_start
from reconciler.documents.read.json_reader import read_json
from reconciler.documents.read.node import Path
from reconciler.documents.read.scalar import resolve
from reconciler.documents.read.yaml_reader import without_surrogates, yaml_parser
from reconciler.errors import DocumentError

_COLON = re.compile(r"[ \t]*:")
_DASH = re.compile(r"((?:.*[ \t])?-)(?:[ \t]+#.*|[ \t]*)")
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:\s+(?:#[^\n]*\n\s*)*|\Z))+")
_NOTHING = re.compile(r"[ \t]*(?:#.*)?")


class Shape(Enum):
    """The kind of a span."""

    SCALAR = auto()
    MAPPING = auto()
    SEQUENCE = auto()
    ALIAS = auto()


@dataclass(slots=True)
class Span:
    """One value as it is written, from its anchor or tag, if it has one, to its last visible character."""

    shape: Shape
    start: int
    end: int
    line: int
    flow: bool = False
    quote: str = ""
    """Of a scalar: its quotation mark, `|`, `>`, or empty."""
    raw: str = ""
    """Of a scalar: its text without quotes."""
    anchor: str | None = None
    """The name of its anchor; for an alias, the name of the anchor that it stands for."""
    tagged: bool = False
    members: list[Member] = field(default_factory=list)
    _by_key: dict[str, list[Member]] | None = field(default=None, repr=False, compare=False)
    """The members by key, once the span is read and one was looked for."""

    def own(self, key: str) -> list[Member]:
        """The entries of a mapping with this key, without those of merge keys."""
        if self._by_key is None:
            self._by_key = {}
            for member in self.members:
                if member.key is not None:
                    self._by_key.setdefault(member.key.raw, []).append(member)
        return self._by_key.get(key, [])

    @property
    def merges(self) -> bool:
        """Whether a mapping has a merge key."""
        return any(member.key is not None and not member.key.quote for member in self.own("<<"))

    @property
    def is_text(self) -> bool:
        """Whether it is a scalar on one line that is text."""
        if self.shape is not Shape.SCALAR or self.quote in {"|", ">"}:
            return False
        return bool(self.quote) or isinstance(resolve(self.raw), str)


@dataclass(slots=True)
class Member:
    """An entry of a mapping, with its key, or an item of a sequence."""

    key: Span | None
    value: Span

    @property
    def start(self) -> int:
        """The offset of its key, or of its value if it has no key."""
        return self.value.start if self.key is None else self.key.start


def is_json(text: str, file: str) -> bool:
    """Whether a text is JSON, and has to stay JSON."""
    if text.lstrip()[:1] not in {"{", "["}:
        return False
    try:
        read_json(text, file)
    except DocumentError:
        return False
    return True


def read_spans(text: str, *, json: bool) -> list[Span]:
    """The documents of a text that `read_documents` can read."""
    # JSON is flow style of YAML except for tabs: between the values they are blanks, and strings cannot have them.
    builder = _Builder(text)
    for event in yaml_parser().parse(text.replace("\t", " ") if json else text):
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            builder.close(event.end_mark.index)
        elif isinstance(event, NodeEvent):
            builder.add(event)
        elif isinstance(event, DocumentEndEvent):
            builder.end()
    return builder.documents


def walk(member: Member) -> Iterator[Member]:
    """A member and everything inside of it, in the written order."""
    waiting = [member]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(here.value.members))


def descend(member: Member, path: Path) -> Member | None:
    """The member at a path; None where nothing is there, or where an alias or merge key gives the value."""
    for step in path:
        if isinstance(step, str):
            found = member.value.own(step)[-1:] if member.value.shape is Shape.MAPPING else []
        else:
            found = member.value.members[step : step + 1] if member.value.shape is Shape.SEQUENCE else []
        if not found:
            return None
        member = found[0]
    return member


def colon_end(text: str, key: Span) -> int | None:
    """The offset behind the colon of a key; None where the colon does not follow the key (`? key`)."""
    found = _COLON.match(text, key.end)
    return found.end() if found else None


def content_start(text: str, span: Span) -> int:
    """The offset of a scalar behind its anchor and tag, and behind comments between them."""
    if span.anchor is None and not span.tagged:
        return span.start
    found = _PROPERTIES.match(text, span.start, span.end)
    return found.end() if found else span.start


def dash_of(text: str, span: Span) -> int | None:
    """The offset of the dash of an item of a block list; None for any other span."""
    at = span.start
    while True:
        start = line_start(text, at)
        found = _DASH.fullmatch(text, start, at)
        if found:
            return found.end(1) - 1
        if start == 0 or not _NOTHING.fullmatch(text, start, at):
            return None
        at = line_end(text, start - 1)


def aliases(member: Member) -> Counter[str]:
    """How many aliases in a member use each anchor."""
    spans = (span for each in walk(member) for span in (each.key, each.value) if span is not None)
    return Counter(span.anchor or "" for span in spans if span.shape is Shape.ALIAS)


class _Builder:
    """Makes spans from parse events, without recursion."""

    def __init__(self, text: str) -> None:
        self.documents: list[Span] = []
        self._text = text
        self._stack: list[Span] = []
        self._keys: list[Span | None] = []
        self._root: Span | None = None

    def add(self, event: NodeEvent) -> None:
        """Add a value that begins."""
        span = _span(event, self._text)
        self._attach(span)
        if span.shape in {Shape.MAPPING, Shape.SEQUENCE}:
            self._stack.append(span)
            self._keys.append(None)

    def close(self, end: int) -> None:
        """End the innermost mapping or sequence. Without brackets its first and last member give its span."""
        span = self._stack.pop()
        self._keys.pop()
        if span.flow or not span.members:
            span.end = end
            return
        span.end = span.members[-1].value.end
        if span.anchor is None and not span.tagged:
            first = span.members[0]
            dash = dash_of(self._text, first.value) if first.key is None else first.start
            span.start = first.start if dash is None else dash

    def end(self) -> None:
        """End the document."""
        root, self._root = self._root, None
        if root is not None and not (root.shape is Shape.SCALAR and not root.quote and resolve(root.raw) is None):
            self.documents.append(root)

    def _attach(self, span: Span) -> None:
        if not self._stack:
            self._root = span
            return
        parent = self._stack[-1]
        if parent.shape is Shape.SEQUENCE:
            dash = None if parent.flow else dash_of(self._text, span)
            if span.start == span.end and dash is not None:
                span.start = span.end = dash + 1
            parent.members.append(Member(None, span))
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = span
            return
        self._keys[-1] = None
        if span.start == span.end:
            # The parser gives an empty value any offset up to the next token.
            span.start = span.end = colon_end(self._text, key) or key.end
        parent.members.append(Member(key, span))


def _span(event: NodeEvent, text: str) -> Span:
    start, end, line = event.start_mark.index, event.end_mark.index, event.start_mark.line + 1
    anchor = None if event.anchor is None else str(event.anchor)
    if isinstance(event, AliasEvent):
        return Span(Shape.ALIAS, start, end, line, anchor=anchor)
    tagged = getattr(event, "tag", None) is not None
    if isinstance(event, ScalarEvent):
        quote, raw = event.style or "", without_surrogates(str(event.value))
        if quote in {"|", ">"}:
            end = _block_end(text, start, end)
        return Span(Shape.SCALAR, start, end, line, quote=quote, raw=raw, anchor=anchor, tagged=tagged)
    shape = Shape.MAPPING if isinstance(event, MappingStartEvent) else Shape.SEQUENCE
    flow = isinstance(event, MappingStartEvent | SequenceStartEvent) and bool(event.flow_style)
    return Span(shape, start, end, line, flow=flow, anchor=anchor, tagged=tagged)


def _block_end(text: str, start: int, end: int) -> int:
    """The end of a block scalar. Blank lines below it belong to it only if its header keeps them (`|+`)."""
    written = text[start:end]
    header = written.partition("\n")[0].partition("#")[0]
    if "+" in header:
        return start + len(written.removesuffix("\n").removesuffix("\r"))
    return start + len(written.rstrip())
