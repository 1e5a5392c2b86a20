"""Differences: the splices that make a document say something else, and nothing but that.

What a document says now and is to say are plain values; where they are equal nothing is touched. What cannot be
changed without changing more is refused: aliases, anchors that are used elsewhere, merge keys, keys that are there
twice, block scalars that cannot hold the new text on one line.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.documents.edit import block, flow
from reconciler.documents.edit.refusal import RefusedError
from reconciler.documents.edit.scalar import Quotes, block_text, scalar_text
from reconciler.documents.edit.span_tree import Part, Piece, Shape, aliases, walk
from reconciler.documents.edit.spec_tag_value import same
from reconciler.documents.edit.splice import Splice, indent, newline
from reconciler.documents.edit.style import Style
from reconciler.documents.read.node import Path

Mapping = dict[str, object]


class Difference:
    """Between what one document says and what it is to say."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._used = aliases(style.root)

    def splices(self, current: object, wanted: object) -> list[Splice]:
        """The splices; raises `RefusedError`."""
        return list(self._value(self._style.root, (), current, wanted))

    def _value(self, part: Part, path: Path, current: object, wanted: object) -> Iterator[Splice]:
        if same(current, wanted):
            return
        piece = part.value
        self._refuse_shared(piece, path)
        if _is_empty(current) and isinstance(wanted, dict | list):
            yield from self._fill(part, path, wanted)
        elif isinstance(current, dict) and isinstance(wanted, dict):
            yield from self._mapping(piece, path, current, wanted)
        elif isinstance(current, list) and isinstance(wanted, list):
            yield from self._list(part, path, current, wanted)
        elif piece.shape is Shape.SCALAR and not isinstance(wanted, dict | list):
            yield self._scalar(piece, path, wanted)
        else:
            raise RefusedError(piece.line, f"{name_of(path)} is not of the form it should have")

    def _mapping(self, piece: Piece, path: Path, current: Mapping, wanted: Mapping) -> Iterator[Splice]:
        for key, value in wanted.items():
            if key in current and not same(current[key], value):
                yield from self._value(self._own(piece, path, key), (*path, key), current[key], value)
        news: list[flow.New] = [(key, value) for key, value in wanted.items() if key not in current]
        if news:
            self._refuse_insertion(piece, path, [str(key) for key, _ in news])
            yield from (flow if piece.flow else block).insert(self._style, piece, path, news)
        doomed = [self._own(piece, path, key) for key in current if key not in wanted]
        if doomed:
            self._refuse_merge(piece, path)
            yield from self._remove(piece, path, doomed)

    def _remove(self, piece: Piece, path: Path, doomed: list[Part]) -> Iterator[Splice]:
        for part in doomed:
            self._refuse_loss(part, path)
        if piece.flow:
            yield from flow.remove(self._style, piece, doomed, name_of(path))
        else:
            yield from block.remove(self._style, piece, doomed)

    def _list(self, part: Part, path: Path, current: list[object], wanted: list[object]) -> Iterator[Splice]:
        piece = part.value
        for index, (old, new) in enumerate(zip(current, wanted, strict=False)) if len(current) <= len(wanted) else ():
            yield from self._value(piece.parts[index], (*path, index), old, new)
        if len(wanted) > len(current):
            yield from self._append(piece, path, wanted[len(current) :])
        if len(wanted) < len(current):
            pairs = zip(current, wanted, strict=False)
            index = next((index for index, pair in enumerate(pairs) if not same(*pair)), len(wanted))
            yield from self._remove_item(part, path, index)

    def _append(self, piece: Piece, path: Path, items: list[object]) -> Iterator[Splice]:
        if piece.flow:
            yield from flow.insert(self._style, piece, path, [(None, item) for item in items])
        else:
            yield from block.append(self._style, piece, path, items)

    def _remove_item(self, part: Part, path: Path, index: int) -> Iterator[Splice]:
        item = part.value.parts[index]
        self._refuse_loss(item, (*path, index))
        if part.value.flow:
            yield from flow.remove(self._style, part.value, [item], name_of(path))
        else:
            yield from block.remove_item(self._style, part, index)

    def _fill(self, part: Part, path: Path, wanted: Mapping | list[object]) -> Iterator[Splice]:
        piece = part.value
        self._refuse_properties(piece, path)
        if self._in_flow(path):
            text = self._style.text
            blank = " " if piece.start == piece.end else ""
            new = flow.flow_text(self._style, wanted, path, indent(text, piece.start))
            yield Splice(piece.start, piece.end, blank + new.replace("\n", newline(text, piece.start)))
        else:
            yield from block.fill(self._style, part, path, wanted)

    def _scalar(self, piece: Piece, path: Path, wanted: object) -> Splice:
        self._refuse_properties(piece, path)
        if piece.quote in {"|", ">"}:
            return self._block_scalar(piece, path, wanted)
        quotes = Quotes(piece.quote, piece.quote or self._style.quotes(path).needed)
        text = scalar_text(wanted, quotes, flow=self._in_flow(path))
        return Splice(piece.start, piece.end, f" {text}" if piece.start == piece.end else text)

    def _block_scalar(self, piece: Piece, path: Path, wanted: object) -> Splice:
        """One that stays one, as the web console folds long pull specs; the blank lines below it stay too."""
        written = self._style.text[piece.start : piece.end].rstrip()
        text = block_text(written, wanted)
        if text is None:
            raise RefusedError(piece.line, f"{name_of(path)} is a block scalar ({piece.quote})")
        return Splice(piece.start, piece.start + len(written), text)

    def _in_flow(self, path: Path) -> bool:
        return any(part.value.flow for part in self._style.way(path[:-1]))

    def _own(self, piece: Piece, path: Path, key: str) -> Part:
        """The one entry of a mapping that says what a key means."""
        found = piece.own(key)
        if len(found) > 1:
            raise RefusedError(
                found[1].key.line if found[1].key else piece.line, f"{name_of((*path, key))} is there twice"
            )
        if not found:
            raise RefusedError(piece.line, f"{name_of((*path, key))} comes in through a merge key (<<)")
        return found[0]

    def _refuse_insertion(self, piece: Piece, path: Path, keys: list[str]) -> None:
        self._refuse_merge(piece, path)
        wanted = {key.lower() for key in keys}
        for part in piece.parts:
            if part.key is not None and part.key.raw.lower() in wanted and path[-1:] != ("annotations",):
                why = f"{name_of((*path, part.key.raw))} is spelt with other capital letters than it should be"
                raise RefusedError(part.key.line, why)

    def _refuse_merge(self, piece: Piece, path: Path) -> None:
        if piece.merges:
            raise RefusedError(piece.line, f"{name_of(path)} has a merge key (<<)")

    def _refuse_shared(self, piece: Piece, path: Path) -> None:
        if piece.shape is Shape.ALIAS:
            raise RefusedError(piece.line, f"{name_of(path)} is the alias *{piece.anchor}")
        if piece.anchor in self._used:
            raise RefusedError(piece.line, f"{name_of(path)} has the anchor &{piece.anchor}, which is used elsewhere")

    def _refuse_properties(self, piece: Piece, path: Path) -> None:
        if piece.anchor is not None:
            raise RefusedError(piece.line, f"{name_of(path)} has the anchor &{piece.anchor}")
        if piece.tagged:
            raise RefusedError(piece.line, f"{name_of(path)} has an explicit type (!)")

    def _refuse_loss(self, part: Part, path: Path) -> None:
        """Refuse to take out an anchor that something else uses."""
        inside = aliases(part)
        for each in walk(part):
            name = each.value.anchor
            if name is not None and each.value.shape is not Shape.ALIAS and self._used[name] > inside[name]:
                raise RefusedError(
                    each.value.line, f"{name_of(path)} holds the anchor &{name}, which is used elsewhere"
                )


def name_of(path: Path) -> str:
    """A path as people write it, such as `spec.tags[2].from`."""
    if not path:
        return "the object"
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, dict | list) and not value)
