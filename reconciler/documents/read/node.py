"""Nodes: the values of a document as a tree, each with its position.

Lines and columns count from 1. A tree may share nodes (YAML aliases). The budget bounds the size of the tree with all
aliases written out, so every function may walk it as a plain tree.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""The keys and list indexes from the root of a document to a value."""
Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value, and the text that it was written as."""

    value: Value
    raw: str
    """The text without quotes: `1.10` where the value is 1.1."""
    plain: bool
    """Whether it was written without quotes, so that its text decided its type."""
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping and its value; the position is that of the key."""

    key: str
    value: Node
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping with each key once, in the written order."""

    entries: tuple[Entry, ...]
    line: int
    column: int
    duplicates: tuple[Entry, ...] = ()
    """Every occurrence of the keys that occur more than once. `entries` has the last of each, as in OpenShift."""
    index: dict[str, Entry] | None = field(default=None, compare=False, repr=False)
    """The entries by key, for a mapping with many of them."""

    def get(self, key: str) -> Node | None:
        """The value of a key, or None."""
        entry = self.entry(key)
        return None if entry is None else entry.value

    def entry(self, key: str) -> Entry | None:
        """The entry of a key, or None."""
        if self.index is not None:
            return self.index.get(key)
        return next((entry for entry in self.entries if entry.key == key), None)


Node = Scalar | Sequence | Mapping


def to_plain(node: Node | None) -> object:
    """The node as a plain value: dict, list or scalar of Python."""
    if isinstance(node, Mapping):
        return {entry.key: to_plain(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [to_plain(item) for item in node.items]
    return None if node is None else node.value


def find(node: Node, path: Path) -> Node | None:
    """The value at a path, or None."""
    found: Node | None = node
    for step in path:
        if found is None:
            return None
        found = _child(found, step)
    return found


def position(node: Node, path: Path, *, key: bool = False) -> tuple[int, int]:
    """Line and column of the value at a path, or with `key` of its key; else of the deepest part that exists."""
    place = (node.line, node.column)
    for index, step in enumerate(path):
        if key and index == len(path) - 1 and isinstance(node, Mapping) and isinstance(step, str):
            entry = node.entry(step)
            return place if entry is None else (entry.line, entry.column)
        child = _child(node, step)
        if child is None:
            break
        node, place = child, (child.line, child.column)
    return place


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, Mapping) and isinstance(step, str):
        return node.get(step)
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None
