"""Placeholders that were not filled in: `${PARAM}`, `<CHANGE_ME>`, `$(name)`, `{TAG}`, `NAME_PLACEHOLDER`."""

from __future__ import annotations

import re

from reconciler.model.excerpt import bare

_PLACEHOLDER = re.compile(
    r"\$\{\{?[\w.:-]+\}?\}|\$\([\w.-]+\)|<[\w. -]+>|\{[\w.-]+\}|[\w-]*[_-]PLACEHOLDER[\w-]*", re.ASCII
)
_LOOKED_AT = 1000
"""Characters. Names are shorter."""


def hint(text: str) -> str:
    """The sentence to add to a message about a text with a placeholder; empty for other texts."""
    match = _PLACEHOLDER.search(text[:_LOOKED_AT])
    return f" Fill in the placeholder {bare(match[0])}." if match else ""
