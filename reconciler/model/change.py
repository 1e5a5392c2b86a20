"""Changes of istags, one type a kind: what is planned, committed, printed and rendered as a commit message.

    | type      | what happens                                                    | history file | hold file |
    | --------- | --------------------------------------------------------------- | ------------ | --------- |
    | `Move`    | another image comes on top                                      | written      | stays     |
    | `Rewrite` | the same image came another way: the top is rewritten in place  | written      | stays     |
    | `Hold`    | images that a person rolled back are held                       | may differ   | may differ |
    | `Unhold`  | held images are released                                        | stays        | differs   |
    | `Remove`  | the istag is no longer declared                                 | goes         | goes      |
    | `Restore` | a file is brought back to what the reconciler recorded          | may differ   | may differ |
    | `Retarget` | only image fields of workloads are written                     | stays        | stays      |

A change carries the files as they will be: None is a file that stays as it is, an empty history or hold one that goes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from reconciler.model.history import TagHistory, TagHold
from reconciler.model.image_field import ImageField
from reconciler.model.name import IstagName
from reconciler.model.observation import ImageMetadata
from reconciler.model.person import Request
from reconciler.model.stream import Source


class ChangeKind(StrEnum):
    """The word for a kind of change in `-o json`, in logs and in metrics."""

    MOVE = "move"
    REWRITE = "rewrite"
    HOLD = "hold"
    UNHOLD = "unhold"
    REMOVE = "remove"
    RESTORE = "restore"
    RETARGET = "retarget"


@dataclass(frozen=True, slots=True)
class ImageEdit:
    """One image field, written in the commit of the change that caused it (design 3.8)."""

    field: ImageField
    value: str
    """The text that the field has afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(ABC):
    """One change of one istag; what all kinds share."""

    kind: ClassVar[ChangeKind]

    tag: IstagName
    previous: str | None = None
    """What the istag meant before: a digest, for a reference event its pull spec, None if nothing."""
    history: TagHistory | None = None
    """The history file afterwards: None if it stays as it is, empty if it goes."""
    hold: TagHold | None = None
    """The hold file afterwards: None if it stays as it is, empty if it goes."""
    request: Request | None = None
    """Who caused it; None if no person did."""
    edits: tuple[ImageEdit, ...] = ()
    """The image fields that are written in the same commit (design 3.8)."""

    @property
    @abstractmethod
    def image(self) -> str | None:
        """What the istag means afterwards, written as `previous` is."""

    @property
    @abstractmethod
    def cause(self) -> str:
        """The trailer `Cause` (design 3.5): a `Cause` of an event, or the word for what was done to the files."""

    @property
    def source(self) -> Source | None:
        """What was resolved; None for a change that resolves nothing."""
        return None

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of the repository that the change touches."""
        history = (self.tag.history_path,) if self.history is not None else ()
        hold = (self.tag.hold_path,) if self.hold is not None else ()
        return (*history, *hold, *dict.fromkeys(edit.field.file for edit in self.edits))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventChange(Change):
    """A change that records what a source gives as the top of the history."""

    history: TagHistory = field()
    """The history afterwards, with the event on top."""
    metadata: ImageMetadata | None = None
    """The labels and the build time of the image."""
    pusher: str | None = None
    """Who pushed it, as the registry's event claims."""
    awaited: tuple[str, ...] = ()
    """The tags of its `dockerImageRepository` that are still to come; `*` where their list could not be had."""

    @property
    def image(self) -> str:
        """The image, or the pull spec, of the event."""
        return self.history.items[0].identity

    @property
    def source(self) -> Source | None:
        """The source of the event."""
        return self.history.items[0].source

    @property
    def cause(self) -> str:
        """The cause of the event."""
        return self.history.items[0].cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(EventChange):
    """A new event on top."""

    kind: ClassVar[ChangeKind] = ChangeKind.MOVE

    first: bool = False
    """Whether its stream had no history before: such events of a stream share one commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite(EventChange):
    """The same image from another source, or under another pull spec (design 3.2, rule 2)."""

    kind: ClassVar[ChangeKind] = ChangeKind.REWRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Change):
    """A roll back: by a person's edit, which is on the branch already, or by command, which writes the history too."""

    kind: ClassVar[ChangeKind] = ChangeKind.HOLD

    image: str | None = field()
    held: tuple[str, ...] = ()
    """Identities that become held."""
    released: tuple[str, ...] = ()
    """Identities that are held no longer."""

    @property
    def cause(self) -> str:
        """A roll back."""
        return "rolled-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhold(Change):
    """Held images may come back."""

    kind: ClassVar[ChangeKind] = ChangeKind.UNHOLD

    image: str | None = field()
    hold: TagHold = field()
    """The hold afterwards, empty if its file goes."""
    released: tuple[str, ...] = ()
    """Identities that are held no longer."""

    @property
    def cause(self) -> str:
        """A release."""
        return "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove(Change):
    """The files of an istag that no spec tag declares any more go."""

    kind: ClassVar[ChangeKind] = ChangeKind.REMOVE

    history: TagHistory = field()
    """Empty: the file goes."""

    @property
    def image(self) -> None:
        """Nothing."""
        return

    @property
    def cause(self) -> str:
        """A removal."""
        return "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore(Change):
    """Files as the reconciler recorded them: an edit is undone, or a spec tag came back and gets its history back."""

    kind: ClassVar[ChangeKind] = ChangeKind.RESTORE

    image: str | None = field()
    undoes: str | None = None
    """The commit whose edit, or whose removal, is undone."""
    held: tuple[str, ...] = ()
    """Identities that an undone edit of a hold makes held."""
    released: tuple[str, ...] = ()
    """Identities that are held no longer."""

    @property
    def source(self) -> Source | None:
        """The source of the event that is on top again; None where only the hold is restored."""
        return self.history.top.source if self.history and self.history.top else None

    @property
    def cause(self) -> str:
        """A restoration."""
        return "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retarget(Change):
    """Only image fields are written: a new trigger, marker or target gets the image that its istag means already."""

    kind: ClassVar[ChangeKind] = ChangeKind.RETARGET

    image: str | None = field()

    @property
    def cause(self) -> str:
        """A retargeting."""
        return "retargeted"
