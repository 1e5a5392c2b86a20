"""The difference between two values of a document, as splices of its text.

The current and the wanted value are plain values; equal parts of them are not touched. A change that would change more
is refused: aliases, anchors that are used elsewhere, merge keys, duplicate keys, and block scalars that cannot hold the
new text on one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.documents.edit import block, flow
from reconciler.documents.edit.refusal import EditRefusedError
from reconciler.documents.edit.scalar import Quotes, block_header, block_text, is_plain, scalar_text
from reconciler.documents.edit.span_tree import Member, Shape, Span, aliases, content_start, walk
from reconciler.documents.edit.splice import Splice, indent, newline
from reconciler.documents.edit.style import Style
from reconciler.documents.edit.value import same
from reconciler.documents.read.node import Path

Mapping = dict[str, object]
_EMPTY_PLACE = re.compile(r"[:-]\Z|[&!]\S*\Z")
"""What is before a value that is left out: a colon, a dash, an anchor or a tag."""
_TAG = re.compile(r"(?:^|(?<=\s))!\S*")
_TEXT_TAGS = frozenset({"!", "!!str"})
"""Tags of text, whatever it looks like (YAML 1.2, section 10.1)."""


class Difference:
    """Finds the splices for one document."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._used = aliases(style.root)

    def splices(self, current: object, wanted: object) -> list[Splice]:
        """The splices that change the document from `current` to `wanted`. Raises `EditRefusedError`."""
        return list(self._value(self._style.root, (), current, wanted))

    def _value(self, member: Member, path: Path, current: object, wanted: object) -> Iterator[Splice]:
        """The splices for one value; a refusal gets the path of the innermost value that it is about."""
        if same(current, wanted):
            return
        try:
            yield from self._changed(member, path, current, wanted)
        except EditRefusedError as refused:
            refused.path = path if refused.path is None else refused.path
            raise

    def _changed(self, member: Member, path: Path, current: object, wanted: object) -> Iterator[Splice]:
        span = member.value
        self._refuse_shared(span, path)
        if _is_empty(current) and isinstance(wanted, dict | list):
            yield from self._fill(member, path, wanted)
        elif isinstance(current, dict) and isinstance(wanted, dict):
            yield from self._mapping(span, path, current, wanted)
        elif isinstance(current, list) and isinstance(wanted, list):
            yield from self._list(member, path, current, wanted)
        elif span.shape is Shape.SCALAR and not isinstance(wanted, dict | list):
            yield self._scalar(span, path, wanted)
        else:
            raise EditRefusedError(span.line, f"{path_text(path)} has not the form it should have")

    def _mapping(self, span: Span, path: Path, current: Mapping, wanted: Mapping) -> Iterator[Splice]:
        for key, value in wanted.items():
            if key in current and not same(current[key], value):
                yield from self._value(self._own(span, path, key), (*path, key), current[key], value)
        news: list[flow.NewMember] = [(key, value) for key, value in wanted.items() if key not in current]
        if news:
            self._refuse_insertion(span, path, [str(key) for key, _ in news])
            yield from (flow if span.flow else block).insert(self._style, span, path, news)
        doomed = [self._own(span, path, key) for key in current if key not in wanted]
        if doomed:
            self._refuse_merge(span, path)
            yield from self._remove(span, path, doomed)

    def _remove(self, span: Span, path: Path, doomed: list[Member]) -> Iterator[Splice]:
        for member in doomed:
            self._refuse_loss(member, path)
        if span.flow:
            yield from flow.remove(self._style, span, doomed, path_text(path))
        else:
            yield from block.remove(self._style, span, doomed)

    def _list(self, member: Member, path: Path, current: list[object], wanted: list[object]) -> Iterator[Splice]:
        span = member.value
        for index, (old, new) in enumerate(zip(current, wanted, strict=False)) if len(current) <= len(wanted) else ():
            yield from self._value(span.members[index], (*path, index), old, new)
        if len(wanted) > len(current):
            yield from self._append(span, path, wanted[len(current) :])
        if len(wanted) < len(current):
            pairs = zip(current, wanted, strict=False)
            index = next((index for index, pair in enumerate(pairs) if not same(*pair)), len(wanted))
            yield from self._remove_item(member, path, index)

    def _append(self, span: Span, path: Path, items: list[object]) -> Iterator[Splice]:
        if span.flow:
            yield from flow.insert(self._style, span, path, [(None, item) for item in items])
        else:
            yield from block.append(self._style, span, path, items)

    def _remove_item(self, member: Member, path: Path, index: int) -> Iterator[Splice]:
        item = member.value.members[index]
        self._refuse_loss(item, (*path, index))
        if member.value.flow:
            yield from flow.remove(self._style, member.value, [item], path_text(path))
        else:
            yield from block.remove_item(self._style, member, index)

    def _fill(self, member: Member, path: Path, wanted: Mapping | list[object]) -> Iterator[Splice]:
        span = member.value
        self._refuse_properties(span, path)
        if self._in_flow(path):
            text = self._style.text
            blank = " " if span.start == span.end else ""
            new = flow.flow_text(self._style, wanted, path, indent(text, span.start))
            yield Splice(span.start, span.end, blank + new.replace("\n", newline(text, span.start)))
        else:
            yield from block.fill(self._style, member, path, wanted)

    def _scalar(self, span: Span, path: Path, wanted: object) -> Splice:
        start = self._content(span, path)
        if span.quote in {"|", ">"}:
            return self._block_scalar(span, start, path, wanted)
        text = self._new_text(span, path, wanted)
        if start < span.end:
            return Splice(start, span.end, text)
        if not _EMPTY_PLACE.search(self._style.text, 0, start):
            raise EditRefusedError(span.line, f"{path_text(path)} has no colon")
        return Splice(start, start, f" {text}")

    def _content(self, span: Span, path: Path) -> int:
        """The offset of what is rewritten: behind an anchor that nothing uses and a tag that means text."""
        if self._style.conventions.any_scalar:
            start = content_start(self._style.text, span)
            if not set(_TAG.findall(self._style.text[span.start : start])) - _TEXT_TAGS:
                return start
            raise EditRefusedError(span.line, f"{path_text(path)} has an explicit type (!)")
        self._refuse_properties(span, path)
        return span.start

    def _new_text(self, span: Span, path: Path, wanted: object) -> str:
        always = '"' if self._style.json else span.quote.replace("|", "").replace(">", "")
        in_flow = self._in_flow(path)
        needs_none = bool(always) or (isinstance(wanted, str) and is_plain(wanted, flow=in_flow))
        quotes = Quotes(always, always if needs_none else self._style.quotes(path).needed)
        return scalar_text(wanted, quotes, flow=in_flow)

    def _block_scalar(self, span: Span, start: int, path: Path, wanted: object) -> Splice:
        """Rewrite a block scalar, such as a pull spec folded by the web console; the blank lines below it stay."""
        written = self._style.text[start : span.end].rstrip()
        text = block_text(written, span.raw, wanted)
        if text is not None:
            return Splice(start, start + len(written), text)
        header = block_header(written) if self._style.conventions.any_scalar else None
        if header is None:
            raise EditRefusedError(span.line, f"{path_text(path)} is a block scalar ({span.quote})")
        return Splice(start, start + len(header), self._new_text(span, path, wanted))

    def _in_flow(self, path: Path) -> bool:
        return any(member.value.flow for member in self._style.way(path[:-1]))

    def _own(self, span: Span, path: Path, key: str) -> Member:
        """The one entry of a mapping with a key; the value may not come from a merge key."""
        found = span.own(key)
        here = (*path, key)
        if len(found) > 1:
            line = found[1].key.line if found[1].key else span.line
            raise EditRefusedError(line, f"{path_text(here)} is there twice", here)
        if not found:
            raise EditRefusedError(span.line, f"{path_text(here)} comes in through a merge key (<<)", here)
        return found[0]

    def _refuse_insertion(self, span: Span, path: Path, keys: list[str]) -> None:
        self._refuse_merge(span, path)
        free = bool(path) and path[-1] in self._style.conventions.free_keys
        wanted = {key.lower() for key in keys}
        for member in span.members:
            if member.key is not None and member.key.raw.lower() in wanted and not free:
                why = f"{path_text((*path, member.key.raw))} is spelt with other capital letters than it should be"
                raise EditRefusedError(member.key.line, why)

    def _refuse_merge(self, span: Span, path: Path) -> None:
        if span.merges:
            raise EditRefusedError(span.line, f"{path_text(path)} has a merge key (<<)")

    def _refuse_shared(self, span: Span, path: Path) -> None:
        if span.shape is Shape.ALIAS:
            raise EditRefusedError(span.line, f"{path_text(path)} is the alias *{span.anchor}")
        if span.anchor in self._used:
            raise EditRefusedError(
                span.line, f"{path_text(path)} has the anchor &{span.anchor}, which is used elsewhere"
            )

    def _refuse_properties(self, span: Span, path: Path) -> None:
        if span.anchor is not None:
            raise EditRefusedError(span.line, f"{path_text(path)} has the anchor &{span.anchor}")
        if span.tagged:
            raise EditRefusedError(span.line, f"{path_text(path)} has an explicit type (!)")

    def _refuse_loss(self, member: Member, path: Path) -> None:
        """Refuse to remove an anchor that is used elsewhere."""
        inside = aliases(member)
        for each in walk(member):
            name = each.value.anchor
            if name is not None and each.value.shape is not Shape.ALIAS and self._used[name] > inside[name]:
                raise EditRefusedError(
                    each.value.line, f"{path_text(path)} holds the anchor &{name}, which is used elsewhere"
                )


def path_text(path: Path) -> str:
    """A path as people write it, such as `spec.tags[2].from`."""
    if not path:
        return "the object"
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, dict | list) and not value)
