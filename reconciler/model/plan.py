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
