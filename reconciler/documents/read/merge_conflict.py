"""Merge conflicts: the markers that git leaves in a file (`<<<<<<<`, `|||||||`, `=======`, `>>>>>>>`)."""

from __future__ import annotations

import re

from reconciler.errors import DocumentError

# In this order, each alone on its line or with a label. The order excludes a heading that is underlined in a comment.
_MARKERS = tuple(re.compile(rf"^{mark}(?:[ \t][^\r\n]*)?\r?$", re.MULTILINE) for mark in ("<{7}", "={7}", ">{7}"))


class MergeConflictError(DocumentError):
    """The file cannot be read because it holds an unfinished merge; the line is that of the first marker."""


def merge_conflict(text: str, file: str) -> MergeConflictError | None:
    """The error for a text with all markers of a conflict; None for any other text."""
    line = first_conflict_marker(text)
    if line is None:
        return None
    message = "the file has merge conflict markers. Resolve the conflict and take the markers out."
    return MergeConflictError(message, file=file, line=line, column=1)


def first_conflict_marker(text: str) -> int | None:
    """The line of the first marker, counted from 1; None if the text has not all markers of a conflict."""
    at, first = 0, None
    for marker in _MARKERS:
        found = marker.search(text, at)
        if found is None:
            return None
        first = found.start() if first is None else first
        at = found.end()
    return text.count("\n", 0, first) + 1
