"""Changes of istags: the values that are planned, committed, printed and rendered as commit messages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.history import TagHistory, TagHold
from reconciler.model.name import IstagName
from reconciler.model.observation import ImageMetadata
from reconciler.model.person import Request
from reconciler.model.stream import Source


class ChangeKind(StrEnum):
    """What is done to an istag."""

    MOVE = "move"
    REWRITE = "rewrite"
    HOLD = "hold"
    UNHOLD = "unhold"
    REMOVE = "remove"
    RESTORE = "restore"
    RETARGET = "retarget"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one istag."""

    tag: IstagName
    kind: ChangeKind
    image: str | None
    """What the istag means afterwards: a digest, for a reference event its pull spec, None if nothing."""
    previous: str | None
    """What it meant before, likewise."""
    source: Source | None
    cause: str
    """A `Cause`, or `rolled-back`, `released`, `removed`, `restored`, `retargeted`."""
    history: TagHistory | None = None
    """The history as it will stand; None when its file is removed."""
    first: bool = False
    """Whether this is a first event of a stream that has no history yet: those share one commit."""
    request: Request | None = None
    metadata: ImageMetadata | None = None
    pusher: str | None = None
    """Who pushed it, the registry's event says: a claim that nobody has proved."""
    undoes: str | None = None
    """The commit a restoration undoes."""
    hold: TagHold | None = None
    """The hold as it will stand, where `writes_hold`; None when its file is removed."""
    writes_hold: bool = False
    """Whether the hold file is part of the change."""
    held: tuple[str, ...] = ()
    """Identities that become held by the change."""
    released: tuple[str, ...] = ()
    """Identities that are held no longer."""
    awaited: tuple[str, ...] = ()
    """The tags of its `dockerImageRepository` that are still to come; `*` where their list could not be had."""

    @property
    def writes_history(self) -> bool:
        """Whether the history file is part of the change; one of the hold alone leaves the stack as it stands."""
        hold_alone = self.kind in {ChangeKind.HOLD, ChangeKind.UNHOLD, ChangeKind.RESTORE} and self.writes_hold
        return self.history is not None or not hold_alone

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of the repository that the change touches."""
        history = (self.tag.history_path,) if self.writes_history else ()
        return (*history, self.tag.hold_path) if self.writes_hold else history
