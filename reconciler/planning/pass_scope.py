"""The scope of a pass: what it looks at, beside the sources that were never resolved."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.hint import PusherClaims
from reconciler.model.name import IstagName, StreamName
from reconciler.model.person import Person


@dataclass(frozen=True, slots=True)
class PassScope:
    """What a pass is to look at, beside what it has to (sources that were never resolved)."""

    declared: bool = True
    """Whether new and changed sources are resolved; `import` leaves the others alone."""
    scheduled: bool = True
    """Whether every scheduled tag is due."""
    due: frozenset[IstagName | StreamName] = frozenset()
    """Scheduled tags, and streams that are pushed to, whose time has come, where not every one is due."""
    pushed: frozenset[IstagName] = frozenset()
    """Istags that somebody pushed, events say: of the streams they are in only these are looked at, where not due."""
    resting: frozenset[IstagName | StreamName] = frozenset()
    """Sources that were never resolved, of istags and of whole streams, whose registry failed lately: not asked now."""
    requested: frozenset[IstagName] = frozenset()
    """Tags that a person asked to look at now."""
    streams: frozenset[StreamName] = frozenset()
    """Streams that a person asked to import as a whole: what is pushed to them, and their `dockerImageRepository`."""
    person: Person | None = None
    """Who asked; the author of what comes of it."""
    claims: PusherClaims = field(default_factory=dict)
    """What the events that this pass answers say of who pushed."""

    def is_due(self, name: IstagName) -> bool:
        """Whether a scheduled tag is to be looked at."""
        return self.scheduled or name in self.due

    def awaits(self, stream: StreamName) -> bool:
        """Whether all that was pushed to a stream is to be looked at."""
        return self.scheduled or stream in self.due

    def awaits_tag(self, name: IstagName) -> bool:
        """Whether what was pushed to this istag is."""
        return self.awaits(name.stream_name) or name in self.pushed
