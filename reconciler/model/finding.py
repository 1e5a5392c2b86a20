"""Findings: what `validate` says about a file, each at a line and column."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file of the repository. Lines and columns count from 1; line 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """What OpenShift's API accepts is at most a warning."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: where, how bad, which rule, and a sentence that says what to write instead."""

    position: Position
    severity: Severity
    rule: str
    """The rule's name, as in `[duplicate-tag]`."""
    path: str
    """The field, such as `spec.tags[2].from.kind`; empty for the document as a whole."""
    message: str

    def __str__(self) -> str:
        return f"{self.position}: {self.severity}: {self.message} [{self.rule}]"
