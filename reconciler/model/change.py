"""Changes and problems: what a pass decides, in the one value that is committed, printed and made into a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from reconciler.model.history import TagHistory, TagHold
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import ImageMetadata, Reason
from reconciler.model.stream import Source
from reconciler.model.text import MAX_PERSON, line


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
class Person:
    """A git identity: two bounded lines without `<` and `>`, whoever wrote them (design 3.10, point 6)."""

    name: str
    email: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", _part(self.name[: 4 * MAX_PERSON]))
        object.__setattr__(self, "email", _part(self.email[: 4 * MAX_PERSON]))

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


_NO_BRACKETS: Final = str.maketrans("<>", "  ")


@lru_cache(maxsize=4_000)  # a log of a hundred thousand commits has a few hundred people
def _part(text: str) -> str:
    return line(text.translate(_NO_BRACKETS), MAX_PERSON)


@dataclass(frozen=True, slots=True)
class Request:
    """Who caused a change: the author of the commit that changed the spec, or who ran the command."""

    person: Person
    commit: str | None = None
    """The commit that asked for it; None when a command did."""


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


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one istag, or a file, is not as declared. Problems of one istag never stop another."""

    tag: IstagName | None
    reason: Reason
    message: str
    file: str | None = None
    line: int | None = None
    stream: StreamName | None = None
    """The stream that it is about as a whole, where the list of its repository could not be had."""
    waits: bool = False
    """Whether it is a state to know of: something else has to come first, or nothing has to, and nothing failed."""

    @property
    def is_failure(self) -> bool:
        """Whether anything failed: holds and freezes are what people asked for."""
        return not self.waits and self.reason not in {Reason.HELD, Reason.FROZEN}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pass would do on one revision, in the order it is to be committed."""

    revision: str
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
    notes: tuple[str, ...] = ()
    """What is worth knowing about the configuration as a whole, a sentence each."""
