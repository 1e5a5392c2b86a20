"""The scope of a pass: what it looks up, beside the sources that were never resolved."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.hint import PusherClaims
from reconciler.model.name import IstagName, StreamName
from reconciler.model.person import Person


@dataclass(frozen=True, slots=True)
class PassScope:
    """What a pass looks up; every source that was never resolved comes on top, unless it is resting."""

    declared: bool = True
    """Whether new and changed sources are resolved; `import` leaves the others alone."""
    scheduled: bool = True
    """Whether every scheduled tag is due."""
    due: frozenset[IstagName | StreamName] = frozenset()
    """Scheduled tags, and streams that are filled by pushes, whose time has come, if not every one is due."""
    pushed: frozenset[IstagName] = frozenset()
    """Istags that events name as pushed: of their streams only these are looked up, unless the stream is due."""
    resting: frozenset[IstagName | StreamName] = frozenset()
    """Unresolved sources, of istags and of whole streams, whose registry failed lately: not looked up now."""
    requested: frozenset[IstagName] = frozenset()
    """Tags that a person wants looked up now."""
    streams: frozenset[StreamName] = frozenset()
    """Streams that a person wants imported as a whole: what is pushed to them, and their `dockerImageRepository`."""
    person: Person | None = None
    """Who requested it; the author of what comes of it."""
    retarget: bool = False
    """Whether a person wants every image field that differs written (`sync --retarget`)."""
    claims: PusherClaims = field(default_factory=dict)
    """Who pushed, as the events claim that this pass answers."""

    def is_due(self, name: IstagName) -> bool:
        """Whether a scheduled tag is looked up."""
        return self.scheduled or name in self.due

    def requests(self, name: IstagName) -> bool:
        """Whether a person requested the istag, or its whole stream."""
        return name in self.requested or name.stream_name in self.streams

    def awaits(self, stream: StreamName) -> bool:
        """Whether everything that was pushed to a stream is looked up."""
        return self.scheduled or stream in self.due

    def awaits_tag(self, name: IstagName) -> bool:
        """Whether what was pushed to this istag is looked up."""
        return self.awaits(name.stream_name) or name in self.pushed
