"""The budget of a file: how many values, aliases, documents and levels it may have, counted while it is read.

The weight of a node is the number of its nodes with every alias written out; long text weighs as much as several. So a
small file of nested aliases ("billion laughs") is refused as soon as it becomes too large.
"""

from __future__ import annotations

from reconciler.errors import DocumentError
from reconciler.settings import MAX_YAML_ALIASES, MAX_YAML_DEPTH, MAX_YAML_DOCUMENTS, MAX_YAML_NODES

_TEXT_PER_NODE = 200
"""As many characters of a scalar weigh as much as one node."""


class Budget:
    """What one file may still use. Every method raises `DocumentError` at the limit."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._weight = 0
        self._aliases = 0
        self._documents = 0

    def scalar(self, text: str, line: int, column: int) -> int:
        """Spend the weight of a scalar, and return it."""
        return self.spend(1 + len(text) // _TEXT_PER_NODE, line, column)

    def spend(self, weight: int, line: int, column: int) -> int:
        """Spend a weight, and return it."""
        self._weight += weight
        if self._weight > MAX_YAML_NODES:
            raise self._error(f"the file has more than {MAX_YAML_NODES} values, aliases written out.", line, column)
        return weight

    def alias(self, weight: int, line: int, column: int) -> int:
        """Count an alias, and spend the weight of the value that it stands for."""
        self._aliases += 1
        if self._aliases > MAX_YAML_ALIASES:
            raise self._error(f"the file has more than {MAX_YAML_ALIASES} aliases.", line, column)
        return self.spend(weight, line, column)

    def document(self, line: int, column: int) -> None:
        """Count a document, even an empty one."""
        self._documents += 1
        if self._documents > MAX_YAML_DOCUMENTS:
            raise self._error(f"the file has more than {MAX_YAML_DOCUMENTS} documents.", line, column)

    def depth(self, depth: int, line: int, column: int) -> None:
        """Check how deep a value is."""
        if depth > MAX_YAML_DEPTH:
            raise self._error(f"values are nested more than {MAX_YAML_DEPTH} levels deep.", line, column)

    def _error(self, fact: str, line: int, column: int) -> DocumentError:
        return DocumentError(f"{fact} Split it or write it flatter.", file=self._file, line=line, column=column)
