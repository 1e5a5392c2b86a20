"""The tree builder: makes nodes from the events of a reader, without recursion and within a budget.

The YAML and the JSON reader both use it. It joins keys and values, records duplicate keys, resolves merge keys and
aliases, and counts weight and height for the budget.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from reconciler.documents.read.budget import Budget
from reconciler.documents.read.node import Entry, Mapping, Node, Scalar, Sequence
from reconciler.errors import DocumentError
from reconciler.model.excerpt import bare

_MERGE = "<<"
_INDEXED = 50
"""A mapping with more entries has an index of its keys."""


@dataclass(frozen=True, slots=True)
class Built:
    """A finished node, and its cost when an alias repeats it."""

    node: Node
    weight: int
    height: int


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read."""

    is_mapping: bool
    line: int
    column: int
    anchor: str | None
    weight: int = 1
    height: int = 1
    items: list[Node] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    merges: list[Node] = field(default_factory=list)
    key: Scalar | None = None


class Builder:
    """Builds one document after the other; `anchors` are those of the document, by name (YAML 1.2, section 7.1)."""

    def __init__(self, file: str, budget: Budget) -> None:
        self._file = file
        self._budget = budget
        self._stack: list[_Open] = []
        self._root: Node | None = None
        self.anchors: dict[str, Built] = {}

    def take(self) -> Node | None:
        """The finished document. The next event begins another one."""
        root, self._root = self._root, None
        self.anchors = {}
        return root

    def open(self, *, mapping: bool, line: int, column: int, anchor: str | None = None) -> None:
        """Begin a list or mapping."""
        self._budget.depth(len(self._stack) + 1, line, column)
        self._budget.spend(1, line, column)
        self._refuse_as_key(line, column)
        if anchor:
            self.anchors.pop(anchor, None)
        self._stack.append(_Open(mapping, line, column, anchor))

    def close(self) -> None:
        """End the innermost list or mapping."""
        done = self._stack.pop()
        node = _mapping(done) if done.is_mapping else Sequence(tuple(done.items), done.line, done.column)
        self._finish(Built(node, done.weight, done.height), done.anchor)

    def scalar(self, scalar: Scalar, anchor: str | None = None) -> None:
        """Add a value, or the key of the next one."""
        weight = self._budget.scalar(scalar.raw, scalar.line, scalar.column)
        if self._expects_key():
            self._stack[-1].key = scalar
            self._stack[-1].weight += weight
            if anchor:
                self.anchors[anchor] = Built(scalar, weight, 0)
            return
        self._finish(Built(self._placed(scalar), weight, 0), anchor)

    def _placed(self, scalar: Scalar) -> Scalar:
        """The value. A value that is left out gets the position of its key; the parser gives that of the next token."""
        key = self._stack[-1].key if self._stack else None
        if key is None or scalar.raw or not scalar.plain:
            return scalar
        return replace(scalar, line=key.line, column=key.column)

    def alias(self, name: str, line: int, column: int) -> None:
        """Add the value of an anchor."""
        shown = bare(name)
        if any(container.anchor == name for container in self._stack):
            raise self._error(f"the alias *{shown} is inside its own anchor. Write the value out.", line, column)
        built = self.anchors.get(name)
        if built is None:
            raise self._error(f"the alias *{shown} has no anchor &{shown} above it. Write the value out.", line, column)
        self._budget.alias(built.weight, line, column)
        self._budget.depth(len(self._stack) + built.height, line, column)
        if self._expects_key():
            self._refuse_as_key(line, column, built.node)
            self._stack[-1].key = built.node if isinstance(built.node, Scalar) else None
            self._stack[-1].weight += built.weight
            return
        # Errors inside of the value are at the anchor; the value as a whole is here.
        self._finish(replace(built, node=replace(built.node, line=line, column=column)), None)

    def _expects_key(self) -> bool:
        return bool(self._stack) and self._stack[-1].is_mapping and self._stack[-1].key is None

    def _refuse_as_key(self, line: int, column: int, node: Node | None = None) -> None:
        if self._expects_key() and not isinstance(node, Scalar):
            raise self._error(
                "a key is not text. If this is a template ({{ … }}), put the value in quotes.", line, column
            )

    def _finish(self, built: Built, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = built
        if not self._stack:
            self._root = built.node
            return
        parent = self._stack[-1]
        parent.weight += built.weight
        parent.height = max(parent.height, built.height + 1)
        if not parent.is_mapping:
            parent.items.append(built.node)
            return
        key = parent.key
        parent.key = None
        if key is None:  # cannot be: a mapping gets a key before each value
            raise self._error("a value has no key.", built.node.line, built.node.column)
        if key.raw == _MERGE and key.plain and _sources(built.node) is not None:
            parent.merges.append(built.node)
            return
        parent.entries.append(Entry(key.raw, built.node, key.line, key.column))

    def _error(self, message: str, line: int, column: int) -> DocumentError:
        return DocumentError(message, file=self._file, line=line, column=column)


def _mapping(done: _Open) -> Mapping:
    counts = Counter(entry.key for entry in done.entries)
    duplicates = (
        tuple(entry for entry in done.entries if counts[entry.key] > 1) if len(counts) != len(done.entries) else ()
    )
    by_key = {entry.key: entry for entry in done.entries}
    for merged in _merged(done):
        by_key.setdefault(merged.key, merged)
    index = by_key if len(by_key) > _INDEXED else None
    return Mapping(tuple(by_key.values()), done.line, done.column, duplicates, index)


def _merged(done: _Open) -> Iterable[Entry]:
    """The entries that merge keys add; earlier mappings win (YAML merge key draft)."""
    for node in done.merges:
        for source in _sources(node) or ():
            yield from source.entries


def _sources(node: Node) -> list[Mapping] | None:
    """The mappings that a merge key names: one, or a list of them; None if it is an ordinary key."""
    if isinstance(node, Mapping):
        return [node]
    if isinstance(node, Sequence):
        found = [item for item in node.items if isinstance(item, Mapping)]
        return found if len(found) == len(node.items) else None
    return None
