"""The kinds of names that an argument may take."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """What an argument may name."""

    STREAM = "STREAM"
    ISTAG = "STREAM:TAG"
    ISIMAGE = "STREAM@DIGEST"
    NAMESPACE = "NAMESPACE/"
