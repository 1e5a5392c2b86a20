"""Resolutions: what a source gives in this pass, or why its istag does not move."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.history import Cause
from reconciler.model.observation import ImageMetadata, Reason
from reconciler.model.person import Request
from reconciler.model.stream import ImportMode, Source


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an istag does not move, for a person."""

    reason: Reason
    message: str
    waits: bool = False
    """As in `Problem`."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the source gives: the content of an event that may come on top."""

    image: str | None
    pull_spec: str
    cause: Cause
    import_mode: ImportMode = ImportMode.PRESERVE_ORIGINAL
    metadata: ImageMetadata | None = None
    request: Request | None = None
    source: Source | None = None
    """What was resolved, where it is not the spec tag's `from` itself: the selected version, the pushed tag."""
    doubt: Refusal | None = None
    """An additional report, whether or not the istag moves."""

    @property
    def identity(self) -> str:
        """Compares with `TagEvent.identity`."""
        return self.image or self.pull_spec


Resolution = Resolved | Refusal | None
"""None: the source is not due, or gives nothing yet; there is nothing to report."""
