"""The kinds of names that an argument may take."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """A kind of name, with its form as the value."""

    STREAM = "STREAM"
    ISTAG = "STREAM:TAG"
    ISIMAGE = "STREAM@DIGEST"
    NAMESPACE = "NAMESPACE/"
