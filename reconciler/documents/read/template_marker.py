"""Template markers: the braces of Helm, Jinja and similar tools in files that have to be rendered before they are YAML.

`${{PARAM}}` and `${PARAM}` belong to OpenShift Templates and are not template markers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.documents.read.encoding import decode
from reconciler.documents.read.node import Mapping, Node, Scalar
from reconciler.errors import DocumentError

_BRACES = re.compile(r"(?<!\$)\{\{|\{%")
_FREE_TEXT = frozenset({"annotations", "status", "managedFields"})
"""Fields with free text: braces in them may be prose or JSON."""


def first_template_marker(text: str) -> int | None:
    """The line of the first template marker outside of comments, counted from 1; None without one."""
    for number, line in enumerate(text.splitlines(), start=1):
        if _BRACES.search(line) and not line.lstrip().startswith("#"):
            return number
    return None


def template_line(data: bytes, error: DocumentError) -> int | None:
    """The line of the first template marker of an unreadable file, if it is at or above the place of the error."""
    try:
        text = decode(data, error.file)
    except DocumentError:
        return None
    line = first_template_marker(text)
    return line if line is not None and (line <= error.line or not error.line) else None


def has_template_markers(node: Node) -> bool:
    """Whether a value of the tree has a template marker, apart from free text."""
    return any(_BRACES.search(scalar.raw) for scalar in _scalars(node))


def _scalars(node: Node) -> Iterator[Scalar]:
    """Every scalar of a tree except free text."""
    stack: list[Node] = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, Scalar):
            yield here
        elif isinstance(here, Mapping):
            stack.extend(entry.value for entry in here.entries if entry.key not in _FREE_TEXT)
        else:
            stack.extend(here.items)
