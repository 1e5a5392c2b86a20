"""An export: the streams that `oc get is -o yaml` (or json) printed, as clean specs and histories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.edit.adopt.exported_history import Stack
from reconciler.model.finding import Finding, Position
from reconciler.model.name import IstagName
from reconciler.model.stream import ImportMode, Stream


@dataclass(frozen=True, slots=True)
class ExportedStream:
    """One stream of an export."""

    stream: Stream
    """The stream as its clean spec declares it."""
    spec: bytes
    """The bytes of the clean spec."""
    stacks: Mapping[IstagName, Stack]
    """The whole histories; an istag without events has none."""
    position: Position


@dataclass(frozen=True, slots=True)
class Export:
    """The streams and findings of a set of files."""

    streams: tuple[ExportedStream, ...] = ()
    findings: tuple[Finding, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    """The number of parts that are not among the streams, by the keys of `adopt.left_out`."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """How exports are read."""

    default_namespace: str
    """The namespace of streams that name none."""
    route: str | None = None
    """The public name of the registry of the cluster, HOST[:PORT]."""
    import_mode: ImportMode | None = None
    """The import mode of all tags; None for those of the export."""
