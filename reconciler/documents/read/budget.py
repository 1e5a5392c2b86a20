"""The bounds of a value tree, counted while it is read, so that no document can be larger than it looks.

A node's weight is the number of nodes it has when aliases are written out, long text counting for several. What an
alias brings in weighs as much as what it stands for: a billion laughs are refused at the laugh that is too much.
"""

from __future__ import annotations

from reconciler.errors import DocumentError
from reconciler.settings import MAX_YAML_ALIASES, MAX_YAML_DEPTH, MAX_YAML_DOCUMENTS, MAX_YAML_NODES

_TEXT_PER_NODE = 200
"""Characters of one scalar that weigh as much as a node."""


class Budget:
    """What one file may still use."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._weight = 0
        self._aliases = 0
        self._documents = 0

    def scalar(self, text: str, line: int, column: int) -> int:
        """The weight of a scalar, spent."""
        return self.spend(1 + len(text) // _TEXT_PER_NODE, line, column)

    def spend(self, weight: int, line: int, column: int) -> int:
        """Use up so much; raises `DocumentError` when it is more than there is."""
        self._weight += weight
        if self._weight > MAX_YAML_NODES:
            raise self._error(f"the file has more than {MAX_YAML_NODES} values, aliases written out.", line, column)
        return weight

    def alias(self, weight: int, line: int, column: int) -> int:
        """One more alias, standing for so much."""
        self._aliases += 1
        if self._aliases > MAX_YAML_ALIASES:
            raise self._error(f"the file has more than {MAX_YAML_ALIASES} aliases.", line, column)
        return self.spend(weight, line, column)

    def document(self, line: int, column: int) -> None:
        """One more document, be it empty."""
        self._documents += 1
        if self._documents > MAX_YAML_DOCUMENTS:
            raise self._error(f"the file has more than {MAX_YAML_DOCUMENTS} documents.", line, column)

    def depth(self, depth: int, line: int, column: int) -> None:
        """Refuse values that lie too deep."""
        if depth > MAX_YAML_DEPTH:
            raise self._error(f"values are nested more than {MAX_YAML_DEPTH} levels deep.", line, column)

    def _error(self, fact: str, line: int, column: int) -> DocumentError:
        return DocumentError(f"{fact} Split it or write it flatter.", file=self._file, line=line, column=column)
