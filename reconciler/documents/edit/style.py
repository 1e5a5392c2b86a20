"""Style: how a new value is to be written: block or flow, indentation, quotes, order of keys.

A new value is written like its neighbours: the values at the same place in similar items (`Conventions.similar`), the
nearest items of its own list first, then those of the file's other lists. Without a neighbour, the most frequent style
of the document decides, then that of the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from reconciler.documents.edit.conventions import Conventions
from reconciler.documents.edit.scalar import Quotes, is_plain
from reconciler.documents.edit.span_tree import Member, Shape, Span, colon_end, dash_of, descend, walk
from reconciler.documents.edit.splice import column, indent, leads_line
from reconciler.documents.read.node import Path

_COMMA = re.compile(r"[ \t]*,[ \t]*")
_COLON = re.compile(r"[ \t]*:[ \t]*")
_BLANKS = re.compile(r"[ \t]*")
_WIDTH = 2
"""The indentation of a level of block style, where nothing in the file shows one."""
_T = TypeVar("_T", str, int)


@dataclass(frozen=True, slots=True)
class Flow:
    """The layout of a flow collection."""

    broken: bool = False
    """Whether each entry begins a line."""
    step: str = " " * _WIDTH
    """The indentation of such an entry, added to that of the line with the bracket."""
    padding: str = ""
    """The blanks inside of the brackets, if the entries are on one line."""
    comma: str = ", "
    colon: str = ": "


class Layout:
    """How a file is written: its text, its documents, and what was found out about all of them."""

    def __init__(self, text: str, roots: list[Span], *, json: bool) -> None:
        self.text = text
        self.json = json
        self.documents = [Member(None, root) for root in roots]
        self._most: dict[str, str | int | None] = {}

    def most(self, what: str, measure: Callable[[Member], _T | None]) -> _T | None:
        """The most frequent measure in the file, found once for each word `what`."""
        if what not in self._most:
            self._most[what] = most_frequent(self.documents, measure)
        return cast("_T | None", self._most[what])


class Style:
    """How one document of a file is written; `number` counts the file's documents from 0."""

    def __init__(self, layout: Layout, number: int, conventions: Conventions) -> None:
        self.text = layout.text
        self.json = layout.json
        self.conventions = conventions
        self.root = layout.documents[number]
        self._file = layout
        self._found: dict[str, str | int | None] = {}
        """What was most frequent in the document, by the word for it; None where only the file tells it."""

    def is_flow(self, path: Path) -> bool:
        """Whether a new mapping or list at a path of a block is written in flow style."""
        found = next((member.value for member in self._neighbours(path) if member.value.members), None)
        return found is not None and found.flow

    def flow(self, path: Path, around: Flow | None = None) -> Flow:
        """The layout of a new flow collection: that of its neighbours, else `around`, that of the outer collection."""
        near = (self.layout(member.value) for member in self._neighbours(path))
        found = next((layout for layout in near if layout is not None), around)
        outer = (self.layout(member.value) for member in reversed(self.way(path[:-1])))
        return found or next((layout for layout in outer if layout is not None), Flow(comma=self._comma()))

    def layout(self, span: Span) -> Flow | None:
        """The layout of a flow collection; None for an empty one and for any other value."""
        if not span.flow or not span.members:
            return None
        default = Flow(comma=self._comma())
        first = span.members[0].start
        closing = span.end - 1
        base = indent(self.text, closing if leads_line(self.text, closing) else span.start)
        inner = indent(self.text, first)
        before = self.text[span.start + 1 : first]
        return replace(
            default,
            broken=leads_line(self.text, first),
            step=inner.removeprefix(base) if inner != base and inner.startswith(base) else default.step,
            padding=before if _BLANKS.fullmatch(before) else "",
            colon=self._colon(span) or default.colon,
        )

    def order(self, path: Path) -> list[str]:
        """The keys of the nearest mapping at the same place, in its order."""
        members = next((member.value.members for member in self._neighbours(path) if member.value.members), [])
        return [member.key.raw for member in members if member.key is not None]

    def step(self, path: Path) -> int:
        """The indentation of a new block mapping, added to that of its key."""
        return self._width(path, "step", lambda member: self._deeper(member, Shape.MAPPING))

    def dash(self, path: Path) -> int:
        """The indentation of the dashes of a new block list, added to that of its key."""
        return self._width(path, "dash", lambda member: self._deeper(member, Shape.SEQUENCE))

    def hang(self, path: Path) -> int:
        """The number of characters from the dash of a new item to its value."""
        return self._width(path, "hang", self._hang)

    def quotes(self, path: Path) -> Quotes:
        """The quotes for new text at a path."""
        if self.json:
            return Quotes('"', '"')
        needed = next((span.quote for span in self._texts(path) if span.quote), None) or self.preferred()
        # Quotes around text that needs them do not tell how other text is quoted.
        telling = (span.quote for span in self._texts(path) if not span.quote or is_plain(span.raw, flow=False))
        return Quotes(next(telling, ""), needed)

    def key_quotes(self, path: Path) -> Quotes:
        """The quotes for a new key of the mapping at a path: as the key before it."""
        if self.json:
            return Quotes('"', '"')
        way = self.way(path)
        mappings = [*way[len(path) :], *self._neighbours(path), *reversed(way[: len(path)])]
        keys = (
            member.key.quote for each in mappings for member in reversed(each.value.members) if member.key is not None
        )
        return Quotes(next(keys, ""), self.preferred())

    def preferred(self) -> str:
        """The quotation mark that is used most."""
        return self._most("quotes", lambda member: _quotation_mark(member.value)) or '"'

    def _neighbours(self, path: Path) -> Iterator[Member]:
        """The values at the same place in similar items, the nearest first."""
        similar = self.conventions.similar
        size = len(similar)
        ends = [end for end in range(size, len(path)) if path[end - size : end] == similar]
        if not similar or not ends:
            return
        end = ends[-1]
        for item in self._similar_items(path[:end], path[end]):
            found = descend(item, path[end + 1 :])
            if found is not None:
                yield found

    def _similar_items(self, path: Path, number: str | int) -> Iterator[Member]:
        """The items of the file's similar lists except one, the nearest first."""
        own = descend(self.root, path)
        members = own.value.members if own is not None else []
        if isinstance(number, int):
            near = sorted(range(len(members)), key=lambda index: (abs(index - number), index > number))
            yield from (members[index] for index in near if index != number)
        others = (document for document in self._file.documents if document is not self.root)
        for document in (self.root, *others):
            for each in walk(document):
                found = descend(each, self.conventions.similar)
                if found is not None and (own is None or found.value is not own.value):
                    yield from found.value.members

    def _texts(self, path: Path) -> Iterator[Span]:
        return (member.value for member in self._samples(path) if member.value.is_text)

    def _samples(self, path: Path) -> Iterator[Member]:
        """The values that new text should look like, the most similar first."""
        yield from self._neighbours(path)
        for member in self.way(path[:-1])[len(path) - 1 :]:
            yield from reversed(member.value.members)
        for member in self._neighbours(path[:-1]):
            yield from reversed(member.value.members)

    def way(self, path: Path) -> list[Member]:
        """The members on the way to a path, the document first, as far as they exist."""
        way = [self.root]
        for step in path:
            found = descend(way[-1], (step,))
            if found is None:
                break
            way.append(found)
        return way

    def _colon(self, span: Span) -> str | None:
        filled = (member for member in span.members if member.value.start < member.value.end)
        gaps = (self.text[member.key.end : member.value.start] for member in filled if member.key is not None)
        return next((gap for gap in gaps if _COLON.fullmatch(gap)), None)

    def _comma(self) -> str:
        """The text between two entries on one line."""
        return self._most("comma", lambda member: self._gap(member.value)) or ", "

    def _gap(self, span: Span) -> str | None:
        if not span.flow or len(span.members) < 2:  # noqa: PLR2004 - a gap has two ends
            return None
        gap = self.text[span.members[0].value.end : span.members[1].start]
        return gap if _COMMA.fullmatch(gap) else None

    def _deeper(self, member: Member, shape: Shape) -> int | None:
        value = member.value
        if member.key is None or value.shape is not shape or value.flow or value.anchor or value.tagged:
            return None
        if colon_end(self.text, member.key) is None:
            return None
        return column(self.text, value.start) - column(self.text, member.key.start)

    def _hang(self, member: Member) -> int | None:
        dash = dash_of(self.text, member.value) if member.key is None else None
        if dash is None or "\n" in self.text[dash : member.value.start]:
            return None
        return member.value.start - dash

    def _width(self, path: Path, what: str, measure: Callable[[Member], int | None]) -> int:
        near = (measure(member) for member in self._neighbours(path))
        found = next((width for width in near if width is not None), None)
        most = self._most(what, measure) if found is None else found
        return _WIDTH if most is None else most

    def _most(self, what: str, measure: Callable[[Member], _T | None]) -> _T | None:
        """The most frequent measure in the document, or in the file if the document has none."""
        if what not in self._found:
            self._found[what] = most_frequent([self.root], measure)
        found = cast("_T | None", self._found[what])
        return self._file.most(what, measure) if found is None else found


def most_frequent(documents: Iterable[Member], measure: Callable[[Member], _T | None]) -> _T | None:
    """The most frequent measure of the values in some documents; None without any."""
    found = (measure(member) for document in documents for member in walk(document))
    counts = Counter(each for each in found if each is not None)
    return counts.most_common(1)[0][0] if counts else None


def _quotation_mark(span: Span) -> str | None:
    return span.quote if span.quote in {"'", '"'} else None
