"""Tag histories and holds: the stack of events of an istag, newest first, and the images it must not come back to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from reconciler.model.name import IstagName
from reconciler.model.stream import ImportMode, Source


class Cause(StrEnum):
    """Why an event was recorded."""

    DECLARED = "declared"
    SCHEDULED = "scheduled"
    PUSHED = "pushed"
    FOLLOWED = "followed"
    REQUESTED = "requested"
    ADOPTED = "adopted"


@dataclass(frozen=True, slots=True)
class TagEvent:
    """One entry of a history."""

    image: str | None
    """The manifest digest; None for a reference tag, which is never imported."""
    pull_spec: str
    """`dockerImageReference`: the user's spelling of the repository plus the digest; verbatim for a reference tag."""
    created: str
    """When it was recorded, RFC 3339 UTC. Kept as text: no decision is made from it."""
    generation: int
    """One more than the event under it."""
    source: Source | None
    cause: Cause
    import_mode: ImportMode = ImportMode.PRESERVE_ORIGINAL
    """The mode of the import; written only if it is not `PreserveOriginal`."""

    @property
    def identity(self) -> str:
        """What the event makes the istag mean: its image, or for a reference event its pull spec."""
        return self.image or self.pull_spec


def identity_of(top: TagEvent | None) -> str | None:
    """What an istag with this event on top means; None if it has none."""
    return top.identity if top is not None else None


@dataclass(frozen=True, slots=True)
class TagHistory:
    """The stack of one istag, newest first. In a file it is never empty."""

    name: IstagName
    items: tuple[TagEvent, ...] = ()

    @property
    def top(self) -> TagEvent | None:
        """The newest event: what the istag means."""
        return self.items[0] if self.items else None


def held_by_this_commit(id_length: int) -> str:
    """The value in place of a commit's id if one commit both rolls an image back and writes its hold.

    A commit cannot name itself. `id_length` is that of the repository's ids: 40 with SHA-1, 64 with SHA-256.
    """
    return "0" * id_length


@dataclass(frozen=True, slots=True)
class HeldImage:
    """One image that was rolled back: the reconciler does not record it again by itself."""

    image: str | None
    pull_spec: str | None
    """The pull spec of a reference event, which has no image."""
    commit: str
    """The commit that rolled it back; `held_by_this_commit` in one made by `imagestream rollback`."""
    source: Source | None
    """The spec tag's `from` at that time; None if it had none."""
    import_mode: ImportMode = ImportMode.PRESERVE_ORIGINAL
    """The spec tag's `importMode` at that time; written only if it is not `PreserveOriginal`."""
    other_kind: bool = False
    """Whether the spec tag meant the other kind of event at that time: a `reference` while an image was rolled back, or
    an image while a reference was."""

    @property
    def is_by_this_commit(self) -> bool:
        """Whether the commit that wrote the entry is the one that rolled back."""
        return set(self.commit) == {"0"}

    @property
    def identity(self) -> str:
        """Compares with `TagEvent.identity`."""
        return self.image or self.pull_spec or ""

    @property
    def reference(self) -> bool:
        """The spec tag's `reference` at that time."""
        return (self.image is None) is not self.other_kind


@dataclass(frozen=True, slots=True)
class TagHold:
    """The held images of one istag, newest first."""

    name: IstagName
    held: tuple[HeldImage, ...] = ()


def timestamp(moment: datetime) -> str:
    """The moment as Kubernetes writes times: RFC 3339, UTC, whole seconds (`2026-11-23T08:00:00Z`)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
