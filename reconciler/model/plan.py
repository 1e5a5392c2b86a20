"""The plan of a pass: the changes, and the problems of istags and files that are not as declared."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model.change import Change
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Reason


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one istag, or a file, is not as declared. Problems of one istag never stop another."""

    tag: IstagName | None
    reason: Reason
    message: str
    file: str | None = None
    line: int | None = None
    stream: StreamName | None = None
    """The stream that it is about as a whole, if the list of its repository could not be read."""
    field: str | None = None
    """The image field that it is about, as `ImageField.name`."""
    waits: bool = False
    """Whether it is only a state: it waits for something else, or for nothing, and nothing failed."""

    @property
    def is_failure(self) -> bool:
        """Whether anything failed; holds and freezes are requested by people."""
        return not self.waits and self.reason not in {Reason.HELD, Reason.FROZEN}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pass does on one revision, in the order of the commits."""

    revision: str
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
    notes: tuple[str, ...] = ()
    """Notes about the configuration as a whole, a sentence each."""
