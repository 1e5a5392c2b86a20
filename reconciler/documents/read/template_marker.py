"""Template braces: what Helm, Jinja and their like leave in files that are no YAML before they are rendered.

`${{PARAM}}` and `${PARAM}` are OpenShift's own Template syntax and no braces in this sense.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.documents.read.node import Mapping, Node, Scalar

_BRACES = re.compile(r"(?<!\$)\{\{|\{%")
_FREE_TEXT = frozenset({"annotations", "status", "managedFields"})
"""Where any text may stand: braces there are somebody's prose or JSON."""


def first_template_marker(text: str) -> int | None:
    """The line of the first template brace outside comments, from 1, or None."""
    for number, line in enumerate(text.splitlines(), start=1):
        if _BRACES.search(line) and not line.lstrip().startswith("#"):
            return number
    return None


def has_template_markers(node: Node) -> bool:
    """Whether a value of the tree is a template's, free text aside."""
    return any(_BRACES.search(scalar.raw) for scalar in _scalars(node))


def _scalars(node: Node) -> Iterator[Scalar]:
    """Every scalar of a tree but those in annotations and status."""
    stack: list[Node] = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, Scalar):
            yield here
        elif isinstance(here, Mapping):
            stack.extend(entry.value for entry in here.entries if entry.key not in _FREE_TEXT)
        else:
            stack.extend(here.items)
