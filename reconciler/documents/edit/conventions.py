"""Conventions: what the engine is told about the kind of object that it edits."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.documents.read.node import Path


@dataclass(frozen=True, slots=True)
class Conventions:
    """How objects of one kind are written. The defaults fit any document."""

    similar: Path = ()
    """The path of a list with similar items, such as `spec.tags`. A new value is written like that of a near item."""
    free_keys: frozenset[str] = frozenset()
    """Mappings whose keys people choose, such as `annotations`. Keys that differ only in case are two keys there."""
    any_scalar: bool = False
    """Whether text is also written behind an anchor that nothing uses, behind `!!str`, and for an empty `>-`."""
