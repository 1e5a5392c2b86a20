"""Checking one object against its schema: the errors and the duplicate keys, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciler.documents.object_kind import FileObject
from reconciler.documents.read.node import Mapping, Node, Path, Scalar, Sequence, find
from reconciler.model.excerpt import excerpt
from reconciler.model.finding import Finding, Position, field_name
from reconciler.rules.name import unquoted
from reconciler.rules.table import Hit, severity
from reconciler.schema.check import SchemaError, check

_NOTHING = frozenset({"", "~"})
"""Plain values that mean no value: they were left out, and need no quotes."""


@dataclass(frozen=True, slots=True)
class PlacedFinding:
    """A finding with its path inside the object: the path decides what of the object cannot be used."""

    path: Path
    finding: Finding


def check_object(item: FileObject, schema: str, plain: object, hits: Iterable[Hit] = ()) -> list[PlacedFinding]:
    """The errors of the schema, the duplicate keys and the hits of rules, in this order, each with its place."""
    errors = [_from_schema(item.node, error) for error in check(schema, plain)]
    repeated = list(_duplicates(item))
    placed = [place(item, hit) for hit in (*errors, *hits)]
    return [*placed[: len(errors)], *repeated, *placed[len(errors) :]]


def check_ambiguous(item: FileObject) -> Iterator[Finding]:
    """Why it cannot be known what an object declares: a repeated `kind` or `items`, or `items` that is not a list."""
    if not isinstance(item.node, Mapping):
        return
    repeated = _repeated(item, item.node, ())
    yield from (placed.finding for placed in repeated if placed.path[-1] in {"kind", "items"})
    items = item.node.get("items")
    if items is not None and not isinstance(items, Sequence):
        text = "items is not a list. Write each object as an item that begins with `- `."
        yield place(item, Hit("wrong-type", ("items",), text)).finding


def place(item: FileObject, hit: Hit) -> PlacedFinding:
    """The hit as a finding with its place in the file."""
    position = item.position(hit.path, key=hit.at_key)
    where = field_name((*item.prefix, *hit.path))
    return PlacedFinding(hit.path, Finding(position, severity(hit.rule), hit.rule, where, hit.message))


def _from_schema(node: Node, error: SchemaError) -> Hit:
    value = find(node, error.path)
    if error.wants_text and isinstance(value, Scalar) and value.plain and value.raw not in _NOTHING:
        return Hit("unquoted-text", error.path, unquoted(value.raw, value.value))
    return Hit(error.rule, error.path, error.message, at_key=error.rule == "unknown-key")


def _duplicates(item: FileObject) -> Iterator[PlacedFinding]:
    """A finding for every repetition of a key, at any depth of the object."""
    waiting: list[tuple[Node, Path]] = [(item.node, ())]
    while waiting:
        node, path = waiting.pop()
        if isinstance(node, Mapping):
            yield from _repeated(item, node, path)
            waiting.extend((entry.value, (*path, entry.key)) for entry in node.entries)
        elif isinstance(node, Sequence):
            waiting.extend((value, (*path, index)) for index, value in enumerate(node.items))


def _repeated(item: FileObject, node: Mapping, path: Path) -> Iterator[PlacedFinding]:
    first: dict[str, int] = {}
    for entry in node.duplicates:
        if entry.key in first:
            where = (*path, entry.key)
            advice = "Put --- between two objects, or keep one of them." if where == ("kind",) else "Keep one of them."
            text = f"key {excerpt(entry.key)} is here twice, first in line {first[entry.key]}. {advice}"
            position = Position(item.document.file, entry.line, entry.column)
            name = field_name((*item.prefix, *where))
            yield PlacedFinding(where, Finding(position, severity("duplicate-key"), "duplicate-key", name, text))
        first.setdefault(entry.key, entry.line)
