"""Refusals: the errors of an edit that cannot be made in place.

The engine raises `EditRefusedError` with the reason; a target raises `EditError` with the whole sentence for a person.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.documents.read.node import Path
from reconciler.errors import InputError


class EditRefusedError(InputError):
    """An edit cannot be made in place: the line (0 means the whole file), and the reason as half a sentence.

    `document` and `path` are those of the value that cannot be changed, or of a value around it, where they are known.
    """

    def __init__(self, line: int, why: str, path: Path | None = None) -> None:
        super().__init__(why)
        self.line = line
        self.why = why
        self.document: int | None = None
        self.path = path


@dataclass(frozen=True, slots=True)
class Advice:
    """What a person does instead: a sentence, and the lines to write, in flow style of YAML or in JSON."""

    text: str
    lines: tuple[str, ...] = ()


class EditError(InputError):
    """A file cannot be edited in place; the text has what, where, why, and what to write by hand.

    `line` counts from 1; 0 means the whole file. `lines` are the lines to write; none where something is removed.
    """

    def __init__(self, what: str, refused: EditRefusedError, file: str, advice: Advice) -> None:
        self.file = file
        self.line = refused.line
        self.why = refused.why
        self.lines = advice.lines
        where = f"{file}:{refused.line}" if refused.line else file
        super().__init__(f"{what}, {where}: {refused.why}. {advice.text}")
