"""The World: everything a decision may look at, taken once and frozen.

`reconcile.observe` fills it from one commit of the repository and from what the registries answered; nothing in
`planning` asks for more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.change import Person, Request
from reconciler.model.config import Config, Installation
from reconciler.model.hint import PusherClaims
from reconciler.model.history import TagEvent, TagHistory, TagHold
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Answer, ListAnswer, Listing, Question
from reconciler.model.stream import Declarations
from reconciler.planning.transition import HoldTransition, Transition


@dataclass(frozen=True, slots=True)
class Restorable:
    """A history that git still has for a tag whose spec came back."""

    history: TagHistory
    commit: str
    """The commit that removed it."""
    hold: TagHold | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """A history that people changed since the reconciler last wrote it."""

    transition: Transition
    old: TagHistory
    """What the reconciler last wrote; empty where it had left no file."""
    commit: str
    """The commit that changed it; where people rewrote the branch, the one where that was seen."""
    person: Person | None
    """Who changed it; None where people rewrote the branch, so that no commit did it."""

    @property
    def who(self) -> str:
        """The commit and its author, for a message."""
        return _who(self.commit, self.person)


@dataclass(frozen=True, slots=True)
class ForeignHold:
    """A hold that people changed since the reconciler last wrote it; the fields are those of `Foreign`."""

    transition: HoldTransition
    commit: str
    person: Person | None

    @property
    def who(self) -> str:
        """The commit and its author, for a message."""
        return _who(self.commit, self.person)


def _who(commit: str, person: Person | None) -> str:
    return f"commit {commit[:12]} by {person.name}" if person else f"a rewrite of the branch, seen at {commit[:12]},"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who rolled an image back, and in which commit."""

    person: Person
    commit: str


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


@dataclass(frozen=True, slots=True)
class World:
    """One commit of the repository, and what the registries hold."""

    revision: str
    declarations: Declarations = field(default_factory=Declarations)
    config: Config = field(default_factory=Config)
    installation: Installation = field(default_factory=Installation)
    """What it says of registries: which are integrated, and which namespaces may use whose credentials."""
    histories: Mapping[IstagName, TagHistory] = field(default_factory=dict)
    holds: Mapping[IstagName, TagHold] = field(default_factory=dict)
    unreadable: Mapping[IstagName, str] = field(default_factory=dict)
    """Istags whose history or hold file cannot be loaded, with the reason and its place."""
    foreign: Mapping[IstagName, Foreign] = field(default_factory=dict)
    foreign_holds: Mapping[IstagName, ForeignHold] = field(default_factory=dict)
    taken: frozenset[IstagName] = frozenset()
    """Istags whose files are taken as they stand: nothing in the repository says who wrote them (design 3.3)."""
    remembered: bool = True
    """Whether the reconciler's own reference shows the histories and holds as they stand."""
    tip_target: str | None = None
    """Where that reference belongs if nothing is to be written; None where it may stay."""
    notes: tuple[str, ...] = ()
    """What a person has to know of that reference, and of signatures."""
    holders: Mapping[tuple[IstagName, str], Holder] = field(default_factory=dict)
    """Who rolled back each held image of an istag."""
    restorable: Mapping[IstagName, Restorable] = field(default_factory=dict)
    kept: frozenset[IstagName] = frozenset()
    """UndeclaredTag istags that a file declared when it last loaded; it does not load now, so they stay."""
    past: Mapping[StreamName, tuple[TagEvent, ...]] = field(default_factory=dict)
    """Events that only git still knows, of streams that an ImageStreamImage source names."""
    imported: frozenset[StreamName] = frozenset()
    """Streams whose `dockerImageRepository` was imported already."""
    awaited: frozenset[IstagName] = frozenset()
    """Istags that their streams' repositories had when they were imported, and that did not come yet."""
    unspecified: Mapping[IstagName, bool] = field(default_factory=dict)
    """For istags that no spec tag names: whether none did when they were recorded; no entry where nobody knows."""
    requests: Mapping[IstagName, Request] = field(default_factory=dict)
    """Who declared the sources that are not resolved yet."""
    answers: Mapping[Question, Answer] = field(default_factory=dict)
    """No entry means not asked."""
    listings: Mapping[Listing, ListAnswer] = field(default_factory=dict)
    """The tags of repositories; likewise."""
