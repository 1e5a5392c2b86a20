"""Placeholders that somebody forgot to fill in: `${PARAM}`, `<CHANGE_ME>`, `$(name)`, `{TAG}`, `NAME_PLACEHOLDER`."""

from __future__ import annotations

import re

from reconciler.model.excerpt import bare

_PLACEHOLDER = re.compile(
    r"\$\{\{?[\w.:-]+\}?\}|\$\([\w.-]+\)|<[\w. -]+>|\{[\w.-]+\}|[\w-]*[_-]PLACEHOLDER[\w-]*", re.ASCII
)
_LOOKED_AT = 1000
"""Characters. Names are shorter."""


def hint(text: str) -> str:
    """What to add to a message about a text that holds a placeholder; empty where it holds none."""
    match = _PLACEHOLDER.search(text[:_LOOKED_AT])
    return f" Fill in the placeholder {bare(match[0])}." if match else ""
