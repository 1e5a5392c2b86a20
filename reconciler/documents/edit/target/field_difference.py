"""The difference between two contents of a file: which values another content has, and whether the rest is the same.

It proves an edit of image fields after the fact: the bytes outside of the values are the same, and so are all other
values of the loaded documents.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from reconciler.documents.edit.file import EditedFile
from reconciler.documents.edit.refusal import EditError, EditRefusedError
from reconciler.documents.edit.span_tree import Member, Span, descend, read_spans
from reconciler.documents.edit.target.image_field import CONVENTIONS, Place, write_fields
from reconciler.documents.edit.value import same, value_at, with_value_at

_MOST_PLACES = 100
"""Places of a difference that are remembered."""
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class FieldContent:
    """One content of a file, loaded, and with the offsets of its values."""

    data: bytes
    edited: EditedFile
    spans: tuple[Span, ...]

    @classmethod
    def read(cls, data: bytes, file: str) -> FieldContent | None:
        """The content; None if it cannot be loaded."""
        try:
            edited = EditedFile.read(data, file, CONVENTIONS)
        except EditRefusedError:
            return None
        return cls(data, edited, tuple(read_spans(edited.text, json=edited.json)))

    def value(self, place: Place) -> object:
        """The plain value at a place; None where nothing is."""
        document, path = place
        return value_at(self.edited.plain(document), path) if document < len(self.edited.documents) else None

    def without(self, places: Collection[Place]) -> str | None:
        """The text without the values at some places; None if one of them is not there."""
        spans: list[Span] = []
        for document, path in places:
            member = descend(Member(None, self.spans[document]), path) if document < len(self.spans) else None
            if member is None or member.value.members:
                return None
            spans.append(member.value)
        text, end = "", len(self.edited.text)
        for span in sorted(spans, key=lambda each: each.start, reverse=True):
            anchor = f"&{span.anchor}" if span.anchor is not None else ""
            text = f"\0{anchor}{self.edited.text[span.end : end]}{text}"
            end = span.start
        return self.edited.text[:end] + text


def differs_only_at(old: FieldContent, new: FieldContent, places: Collection[Place]) -> bool:
    """Whether two contents of a file are the same outside of the values at some places."""
    if (old.edited.mark, old.edited.codec) != (new.edited.mark, new.edited.codec):
        return False
    rest = old.without(places)
    if rest is not None and rest == new.without(places):
        return _loads_alike(old, new, places)
    values = {place: value for place in places if isinstance(value := new.value(place), str)}
    try:
        return len(values) == len(places) and write_fields(old.data, old.edited.file, values) == new.data
    except EditError:
        return False


def _loads_alike(old: FieldContent, new: FieldContent, places: Collection[Place]) -> bool:
    if len(old.edited.documents) != len(new.edited.documents):
        return False
    for number in range(len(old.edited.documents)):
        both = [old.edited.plain(number), new.edited.plain(number)]
        for document, path in places:
            if document == number:
                both = [with_value_at(each, path, None) for each in both]
        if not same(*both):
            return False
    return True


def differing_values(old: FieldContent | None, new: FieldContent) -> dict[Place, object]:
    """The values that the new content has and the old one has not, by place; at most a hundred of them."""
    found: dict[Place, object] = {}
    for number in range(len(new.edited.documents)):
        there = old is not None and number < len(old.edited.documents)
        before = old.edited.plain(number) if old is not None and there else _NOTHING
        changes = _differing(before, new.edited.plain(number), ())
        found.update(islice((((number, path), value) for path, value in changes), _MOST_PLACES - len(found)))
    return found


def _differing(old: object, new: object, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], object]]:
    waiting = [(old, new, path)]
    while waiting:
        before, after, here = waiting.pop()
        if isinstance(after, dict) and after:
            there = before if isinstance(before, dict) else {}
            waiting += [(there.get(key, _NOTHING), value, (*here, key)) for key, value in after.items()]
        elif isinstance(after, list) and after:
            items = before if isinstance(before, list) else []
            waiting += [
                (items[at] if at < len(items) else _NOTHING, value, (*here, at)) for at, value in enumerate(after)
            ]
        elif before is _NOTHING or not same(before, after):
            yield here, after
