"""Subjects: what a rule judges: an ImageStream object, or one entry of its `spec.tags`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.plain import mapping
from reconciler.model.stream import Stream
from reconciler.rules.table import Path


@dataclass(frozen=True, slots=True)
class StreamSubject:
    """An ImageStream object as plain values, and the stream that it declares, without its tags."""

    plain: Mapping[str, object]
    stream: Stream

    @property
    def metadata(self) -> Mapping[str, object]:
        """Its `metadata`; empty where it has none."""
        return mapping(self.plain.get("metadata"))

    @property
    def spec(self) -> Mapping[str, object]:
        """Its `spec`; empty where it has none."""
        return mapping(self.plain.get("spec"))


@dataclass(frozen=True, slots=True)
class TagSubject:
    """One entry of `spec.tags` as plain values; `path` is its place in the object, `stream` its stream."""

    plain: Mapping[str, object]
    path: Path
    stream: Stream
    ambiguous_name: str | None = None
    """The name as it is written without quotes, if readers of YAML 1.1 take that for another type than text."""
    selection_problem: str | None = None
    """Why the value of the annotation `reconciler/select` cannot be read."""

    @property
    def name(self) -> str | None:
        """Its name; None where that is not text."""
        name = self.plain.get("name")
        return name if isinstance(name, str) else None
