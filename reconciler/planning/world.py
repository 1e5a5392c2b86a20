"""The World: everything that a decision may use, as frozen values.

`reconcile.observe` fills it from one commit of the repository and from the answers of the registries. Nothing in
`planning` reads anything else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from reconciler.model.config import Config, Installation
from reconciler.model.history import HeldImage, TagEvent, TagHistory, TagHold
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Answer, ListAnswer, Listing, Question
from reconciler.model.person import Person, Request
from reconciler.model.stream import Declarations, SpecTag
from reconciler.planning.transition import HoldTransition, Transition


@dataclass(frozen=True, slots=True)
class Restorable:
    """A removed history that git still has, of a tag whose spec came back."""

    history: TagHistory
    commit: str
    """The commit that removed it."""
    hold: TagHold | None = None


@dataclass(frozen=True, slots=True)
class EditedHistory:
    """A history that people changed since the reconciler last wrote it."""

    transition: Transition
    old: TagHistory
    """What the reconciler last wrote; empty if it left no file."""
    commit: str
    """The commit that changed it; if people rewrote the branch, the one at which that was seen."""
    person: Person | None
    """Who changed it; None if people rewrote the branch, so that no commit changed it."""

    @property
    def who(self) -> str:
        """The commit and its author, for a message."""
        return _who(self.commit, self.person)


@dataclass(frozen=True, slots=True)
class EditedHold:
    """A hold that people changed since the reconciler last wrote it; fields as in `EditedHistory`."""

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
class FieldAuthor:
    """Who wrote the value that an image field has, and in which commit."""

    person: Person
    commit: str


@dataclass(frozen=True, slots=True)
class Spec:
    """What people want: the declared streams, the configuration, and who declared what."""

    declarations: Declarations = field(default_factory=Declarations)
    config: Config = field(default_factory=Config)
    installation: Installation = field(default_factory=Installation)
    """Which registries are integrated, and which namespaces may use whose credentials."""
    protected: frozenset[IstagName] = frozenset()
    """Istags without a usable spec tag that stay, because a file that does not load now declared them before."""
    requests: Mapping[IstagName, Request] = field(default_factory=dict)
    """Who declared the sources that are not resolved yet."""

    def tag(self, name: IstagName) -> SpecTag | None:
        """The usable spec tag of an istag."""
        return self.declarations.tag(name)

    def declares(self, name: IstagName) -> bool:
        """Whether a spec tag names the istag, perhaps one with an error or in a file that does not load now."""
        return self.tag(name) is not None or self.is_uncertain(name)

    def is_uncertain(self, name: IstagName) -> bool:
        """Whether the spec tag of the istag cannot be read now, so that its source is unknown."""
        return name in self.declarations.broken or name in self.protected


@dataclass(frozen=True, slots=True)
class Record:
    """What git records: the histories and holds of the commit, and what earlier commits add to them."""

    histories: Mapping[IstagName, TagHistory] = field(default_factory=dict)
    holds: Mapping[IstagName, TagHold] = field(default_factory=dict)
    unreadable: Mapping[IstagName, str] = field(default_factory=dict)
    """Istags whose history or hold file cannot be loaded, with the reason and its place."""
    holders: Mapping[tuple[IstagName, str], Holder] = field(default_factory=dict)
    """Who rolled back each held image of an istag."""
    restorable: Mapping[IstagName, Restorable] = field(default_factory=dict)
    older_events: Mapping[StreamName, tuple[TagEvent, ...]] = field(default_factory=dict)
    """Events that only earlier commits have, of streams that an ImageStreamImage source names."""
    imported: frozenset[StreamName] = frozenset()
    """Streams whose `dockerImageRepository` was imported already."""
    awaited: frozenset[IstagName] = frozenset()
    """Istags that their streams' repositories had at the import, and that did not come yet."""
    recorded_without_spec: Mapping[IstagName, bool] = field(default_factory=dict)
    """For istags without a spec tag: whether they had none when they were recorded; no entry if that is unknown."""

    def top(self, name: IstagName) -> TagEvent | None:
        """What the istag means at this commit."""
        history = self.histories.get(name)
        return history.top if history else None

    def held(self, name: IstagName) -> tuple[HeldImage, ...]:
        """The entries of the hold file of the istag at this commit."""
        hold = self.holds.get(name)
        return hold.held if hold else ()


@dataclass(frozen=True, slots=True)
class Edited:
    """What people changed in the reconciler's files since it last wrote them (design 3.3)."""

    histories: Mapping[IstagName, EditedHistory] = field(default_factory=dict)
    holds: Mapping[IstagName, EditedHold] = field(default_factory=dict)
    new_fields: frozenset[str] = frozenset()
    """Image fields, by `ImageField.name`, that were not there when the reconciler last wrote, or followed another istag
    then."""
    field_authors: Mapping[str, FieldAuthor] = field(default_factory=dict)
    """Who wrote the image fields that differ from what their istags mean, by `ImageField.name`."""
    accepted_as_is: frozenset[IstagName] = frozenset()
    """Istags whose files are accepted as found: no tip and no own commit shows what was last written."""
    tip_is_current: bool = True
    """Whether these files are the same at the tip reference; people or commands may have changed them since."""
    tip_target: str | None = None
    """The commit to move the tip reference to if there is nothing to write; None if it may stay."""
    notes: tuple[str, ...] = ()
    """What a person has to know about the tip reference and about signatures."""


@dataclass(frozen=True, slots=True)
class Observed:
    """The answers of the registries; a question without an entry was not sent."""

    answers: Mapping[Question, Answer] = field(default_factory=dict)
    listings: Mapping[Listing, ListAnswer] = field(default_factory=dict)
    """The tags of repositories."""


@dataclass(frozen=True, slots=True)
class World:
    """One commit of the repository, and the answers of the registries."""

    revision: str
    spec: Spec = field(default_factory=Spec)
    record: Record = field(default_factory=Record)
    edited: Edited = field(default_factory=Edited)
    observed: Observed = field(default_factory=Observed)

    def with_installation(self, installation: Installation) -> Self:
        """The World under an installation, which no commit contains."""
        return dataclasses.replace(self, spec=dataclasses.replace(self.spec, installation=installation))
