"""Style: what the neighbours of a new value look like: block or flow, indentation, quotes, order of keys.

Neighbours of a value in a spec tag are the same value in the tags of its list, the nearest first, then in the file's
other lists. Where there is none, what is most frequent in the document counts, then in the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from reconciler.documents.edit.scalar import Quotes, is_plain
from reconciler.documents.edit.span_tree import Part, Piece, Shape, colon_end, dash_of, descend, walk
from reconciler.documents.edit.splice import column, indent, leads_line
from reconciler.documents.read.node import Path

_LIST: Path = ("spec", "tags")
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_COLON = re.compile(r"[ \t]*:[ \t]*")
_BLANKS = re.compile(r"[ \t]*")
_WIDTH = 2
"""How much deeper each level of a block is, where nothing shows it."""
_T = TypeVar("_T", str, int)


@dataclass(frozen=True, slots=True)
class Flow:
    """How a flow collection is laid out."""

    broken: bool = False
    """Whether its entries begin lines."""
    step: str = " " * _WIDTH
    """How much deeper than the line of the bracket they are then."""
    padding: str = ""
    """What stands inside of the brackets otherwise."""
    comma: str = ", "
    colon: str = ": "


class Style:
    """The habits of one document of a file; `number` counts the file's documents from 0."""

    def __init__(self, text: str, roots: list[Piece], number: int, *, json: bool) -> None:
        self.text = text
        self.json = json
        self.root = Part(None, roots[number])
        self._documents = [self.root, *(Part(None, root) for index, root in enumerate(roots) if index != number)]

    def is_flow(self, path: Path) -> bool:
        """Whether a new mapping or list at a path is to be written in flow style, in a block."""
        found = next((part.value for part in self._neighbours(path) if part.value.parts), None)
        return found is not None and found.flow

    def flow(self, path: Path, around: Flow | None = None) -> Flow:
        """The layout of a new flow collection: its neighbours', else that of what it stands in, `around`."""
        near = (self.layout(part.value) for part in self._neighbours(path))
        found = next((layout for layout in near if layout is not None), around)
        outer = (self.layout(part.value) for part in reversed(self.way(path[:-1])))
        return found or next((layout for layout in outer if layout is not None), Flow(comma=self._comma()))

    def layout(self, piece: Piece) -> Flow | None:
        """How a flow collection is laid out; None for anything else and for an empty one."""
        if not piece.flow or not piece.parts:
            return None
        default = Flow(comma=self._comma())
        first = piece.parts[0].start
        closing = piece.end - 1
        base = indent(self.text, closing if leads_line(self.text, closing) else piece.start)
        inner = indent(self.text, first)
        before = self.text[piece.start + 1 : first]
        return replace(
            default,
            broken=leads_line(self.text, first),
            step=inner.removeprefix(base) if inner != base and inner.startswith(base) else default.step,
            padding=before if _BLANKS.fullmatch(before) else "",
            colon=self._colon(piece) or default.colon,
        )

    def order(self, path: Path) -> list[str]:
        """The keys of the nearest mapping at the same place, in its order."""
        parts = next((part.value.parts for part in self._neighbours(path) if part.value.parts), [])
        return [part.key.raw for part in parts if part.key is not None]

    def step(self, path: Path) -> int:
        """How much deeper than its key a new block mapping is."""
        return self._width(path, lambda part: self._deeper(part, Shape.MAPPING))

    def dash(self, path: Path) -> int:
        """How much deeper than its key the dashes of a new block list are."""
        return self._width(path, lambda part: self._deeper(part, Shape.SEQUENCE))

    def hang(self, path: Path) -> int:
        """How much deeper than its dash an item of a block list begins."""
        return self._width(path, self._hang)

    def quotes(self, path: Path) -> Quotes:
        """How new text at a path is quoted."""
        if self.json:
            return Quotes('"', '"')
        samples = [part.value for part in self._samples(path) if part.value.is_text]
        needed = next((piece.quote for piece in samples if piece.quote), None) or self.preferred()
        # Quotes around what cannot go without say nothing about what can.
        telling = (piece.quote for piece in samples if not piece.quote or is_plain(piece.raw, flow=False))
        return Quotes(next(telling, ""), needed)

    def key_quotes(self, path: Path) -> Quotes:
        """How a new key of the mapping at a path is quoted: as the one before it is."""
        if self.json:
            return Quotes('"', '"')
        way = self.way(path)
        mappings = [*way[len(path) :], *self._neighbours(path), *reversed(way[: len(path)])]
        keys = (part.key.quote for each in mappings for part in reversed(each.value.parts) if part.key is not None)
        return Quotes(next(keys, ""), self.preferred())

    def preferred(self) -> str:
        """The quotation mark that is used most."""
        return self._most(lambda part: part.value.quote if part.value.quote in {"'", '"'} else None) or '"'

    def _neighbours(self, path: Path) -> Iterator[Part]:
        """What stands at the same place in other spec tags, the nearest first."""
        ends = [index for index in range(2, len(path)) if path[index - 2 : index] == _LIST]
        if not ends:
            return
        end = ends[-1]
        for entry in self._entries(path[:end], path[end]):
            found = descend(entry, path[end + 1 :])
            if found is not None:
                yield found

    def _entries(self, path: Path, number: str | int) -> Iterator[Part]:
        """The spec tags of the file but for one, the nearest first."""
        own = descend(self.root, path)
        parts = own.value.parts if own is not None else []
        if isinstance(number, int):
            near = sorted(range(len(parts)), key=lambda index: (abs(index - number), index > number))
            yield from (parts[index] for index in near if index != number)
        for document in self._documents:
            for each in walk(document):
                found = descend(each, _LIST)
                if found is not None and (own is None or found.value is not own.value):
                    yield from found.value.parts

    def _samples(self, path: Path) -> Iterator[Part]:
        """Values beside which new text should not look odd, the most alike first."""
        yield from self._neighbours(path)
        for part in self.way(path[:-1])[len(path) - 1 :]:
            yield from reversed(part.value.parts)
        for part in self._neighbours(path[:-1]):
            yield from reversed(part.value.parts)

    def way(self, path: Path) -> list[Part]:
        """What stands on the way to a path, the document first, as far as there is something."""
        way = [self.root]
        for step in path:
            found = descend(way[-1], (step,))
            if found is None:
                break
            way.append(found)
        return way

    def _colon(self, piece: Piece) -> str | None:
        filled = (part for part in piece.parts if part.value.start < part.value.end)
        gaps = (self.text[part.key.end : part.value.start] for part in filled if part.key is not None)
        return next((gap for gap in gaps if _COLON.fullmatch(gap)), None)

    def _comma(self) -> str:
        """What stands between two entries on one line."""
        return self._most(lambda part: self._gap(part.value)) or ", "

    def _gap(self, piece: Piece) -> str | None:
        if not piece.flow or len(piece.parts) < 2:  # noqa: PLR2004 - a gap has two ends
            return None
        gap = self.text[piece.parts[0].value.end : piece.parts[1].start]
        return gap if _COMMA.fullmatch(gap) else None

    def _deeper(self, part: Part, shape: Shape) -> int | None:
        value = part.value
        if part.key is None or value.shape is not shape or value.flow or value.anchor or value.tagged:
            return None
        if colon_end(self.text, part.key) is None:
            return None
        return column(self.text, value.start) - column(self.text, part.key.start)

    def _hang(self, part: Part) -> int | None:
        dash = dash_of(self.text, part.value) if part.key is None else None
        if dash is None or "\n" in self.text[dash : part.value.start]:
            return None
        return part.value.start - dash

    def _width(self, path: Path, measure: Callable[[Part], int | None]) -> int:
        near = (measure(part) for part in self._neighbours(path))
        found = next((width for width in near if width is not None), None)
        most = self._most(measure) if found is None else found
        return _WIDTH if most is None else most

    def _most(self, measure: Callable[[Part], _T | None]) -> _T | None:
        """What is measured most often in the document, or where nothing is, in the file."""
        for documents in (self._documents[:1], self._documents):
            found = [measure(part) for document in documents for part in walk(document)]
            counts = Counter(each for each in found if each is not None)
            if counts:
                return counts.most_common(1)[0][0]
        return None
