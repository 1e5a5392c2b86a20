"""An adoption: the decision about each exported stream, on one commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.edit.adopt.export import ExportedStream
from reconciler.edit.adopt.exported_history import Stack
from reconciler.model.name import IstagName
from reconciler.model.plan import Problem


@dataclass(frozen=True, slots=True)
class AdoptedTag:
    """One istag whose history is taken over."""

    tag: IstagName
    stack: Stack
    left_out: int = 0
    """Older events that `limits.history` has no room for."""


@dataclass(frozen=True, slots=True)
class AdoptedStream:
    """The decision about one stream."""

    exported: ExportedStream
    file: str
    """The file that declares it."""
    declares: bool
    """Whether that file is written now; a stream that is declared already keeps its spec."""
    tags: tuple[AdoptedTag, ...] = ()
    modes: tuple[str, ...] = ()
    """The tags without an import mode in the file; the mode of the cluster is written there."""

    @property
    def writes(self) -> bool:
        """Whether the adoption writes the spec or a history."""
        return self.declares or bool(self.tags)


@dataclass(frozen=True, slots=True)
class Adoption:
    """The decisions about all streams, on one commit."""

    revision: str
    streams: tuple[AdoptedStream, ...] = ()
    problems: tuple[Problem, ...] = ()
    modes: Mapping[str, bytes] = field(default_factory=dict)
    """The files of declared streams after the import mode was written into them."""
