"""Views: what there is to show of a stream, an istag or an isimage, for any renderer.

`describe` prints them. An API or a page shows the same values, so that all of them agree. Views hold plain values, and
they cannot be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.frozen import freeze
from reconciler.model.history import TagEvent
from reconciler.model.image_field import ImageField
from reconciler.model.name import IsimageName, IstagName, StreamName
from reconciler.model.person import Person
from reconciler.model.stream import SpecTag


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event of a stack, with the commit that first had it and its author; None if no commit is known."""

    event: TagEvent
    author: Person | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class HeldImageView:
    """A held image, with the person who rolled it back and the commit; None if this repository lacks it."""

    identity: str
    """Compares with `TagEvent.identity`."""
    author: Person | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class IstagView:
    """One istag."""

    name: IstagName
    spec: SpecTag | None
    """None for a tag without a usable spec tag: it was pushed, or it is `broken`."""
    broken: bool = False
    """Whether its spec tag has errors."""
    items: tuple[RecordedEvent, ...] = ()
    """Its stack, newest first."""
    held: tuple[HeldImageView, ...] = ()
    local: bool = False
    """`referencePolicy: Local`."""
    aliases: tuple[str, ...] = ()
    """Tags of the stream that follow this one and mean the same image."""
    followers: tuple[IstagName, ...] = ()
    """Every istag that follows this one directly."""
    workloads: tuple[ImageField, ...] = ()
    """The values of files that follow it."""
    pending: bool = False
    """Whether its source is not resolved yet."""
    error: str = ""
    """Why the istag cannot be decided; empty if it can."""


@dataclass(frozen=True, slots=True)
class StreamView:
    """One stream."""

    name: StreamName
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    repository: str | None = None
    """`spec.dockerImageRepository`."""
    local: bool = False
    """`lookupPolicy.local`."""
    files: tuple[str, ...] = ()
    """The files that declare it."""
    tags: tuple[IstagView, ...] = ()
    """In OpenShift's order, with aliases."""

    def __post_init__(self) -> None:
        freeze(self, "labels", "annotations")

    @property
    def images(self) -> int:
        """How many different images its histories have; a reference counts by its pull spec."""
        return len({each.event.identity for tag in self.tags for each in tag.items})

    @property
    def created(self) -> str | None:
        """The time of the oldest event in its stacks, RFC 3339 UTC."""
        return min((each.event.created for tag in self.tags for each in tag.items), default=None)


@dataclass(frozen=True, slots=True)
class ImageUse:
    """One time that an istag meant an image."""

    tag: IstagName
    recorded: RecordedEvent
    current: bool
    """Whether the istag means the image now."""


@dataclass(frozen=True, slots=True)
class IsimageView:
    """One image of a stream."""

    name: IsimageName
    pull_spec: str
    timeline: tuple[ImageUse, ...]
    """Every time that an istag of the stream meant the image: by istag, newest first."""

    @property
    def created(self) -> str:
        """When it was first recorded, RFC 3339 UTC."""
        return min(each.recorded.event.created for each in self.timeline)


View = StreamView | IstagView | IsimageView
