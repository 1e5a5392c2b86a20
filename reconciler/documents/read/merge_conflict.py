"""Merge conflicts: the markers that git leaves in a file (gitformat: `<<<<<<<`, `|||||||`, `=======`, `>>>>>>>`)."""

from __future__ import annotations

import re

from reconciler.errors import DocumentError

# In this order, each alone on its line but for a label; the order tells them from a heading underlined in a comment.
_MARKERS = tuple(re.compile(rf"^{mark}(?:[ \t][^\r\n]*)?\r?$", re.MULTILINE) for mark in ("<{7}", "={7}", ">{7}"))


class MergeConflictError(DocumentError):
    """The file cannot be read because a merge was committed, or left, half done; the line is the first marker's."""


def merge_conflict(text: str, file: str) -> MergeConflictError | None:
    """The error for a text that holds a whole conflict; None for any other."""
    line = first_conflict_marker(text)
    if line is None:
        return None
    message = "the file has merge conflict markers. Resolve the conflict and take the markers out."
    return MergeConflictError(message, file=file, line=line, column=1)


def first_conflict_marker(text: str) -> int | None:
    """The line of the first marker, from 1; None where the text holds no whole conflict."""
    at, first = 0, None
    for marker in _MARKERS:
        found = marker.search(text, at)
        if found is None:
            return None
        first = found.start() if first is None else first
        at = found.end()
    return text.count("\n", 0, first) + 1
