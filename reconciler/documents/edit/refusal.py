"""Errors of editing in place: what cannot be edited, where, why, and what to write by hand.

`EditRefusedError` is raised where the reason is found, `EditError` by the functions that people's commands call.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.errors import InputError


class EditRefusedError(InputError):
    """An edit cannot be made in place: the line (0 for the file as a whole) and half a sentence that says why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


@dataclass(frozen=True, slots=True)
class Advice:
    """What a person does instead: a sentence, and the lines that it says to write, as YAML's flow style or JSON."""

    text: str
    lines: tuple[str, ...] = ()


class EditError(InputError):
    """A file that cannot be edited in place, on one line of text: what, where, why, and what to write by hand.

    `line` counts from 1; 0 means the file as a whole. `lines` is what to write; none where something has to go.
    """

    def __init__(self, what: str, refused: EditRefusedError, file: str, advice: Advice) -> None:
        self.file = file
        self.line = refused.line
        self.why = refused.why
        self.lines = advice.lines
        where = f"{file}:{refused.line}" if refused.line else file
        super().__init__(f"{what}, {where}: {refused.why}. {advice.text}")
