"""Findings: the errors and warnings of `validate`, each at a line and column of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from reconciler.model.excerpt import bare


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file of the repository. Lines and columns count from 1; line 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """The severity of a finding. What OpenShift's API accepts is at most a warning."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: its place, severity and rule, and a sentence with advice."""

    position: Position
    severity: Severity
    rule: str
    """The rule's name, as in `[duplicate-tag]`."""
    path: str
    """The field, such as `spec.tags[2].from.kind`; empty for the document as a whole."""
    message: str

    def __str__(self) -> str:
        return f"{self.position}: {self.severity}: {self.message} [{self.rule}]"


def bounded(findings: Iterable[Finding], limit: int) -> Iterator[Finding]:
    """At most `limit` findings of each file, errors before warnings, and a last one with the number of the others.

    The findings of a file are given together and in order, and they stay in order.
    """
    for _, each in groupby(findings, key=lambda finding: finding.position.file):
        yield from _bounded(list(each), limit)


def _bounded(findings: list[Finding], limit: int) -> Iterator[Finding]:
    ranked = sorted(range(len(findings)), key=lambda index: findings[index].severity is Severity.WARNING)
    yield from (findings[index] for index in sorted(ranked[:limit]))
    rest = [findings[index] for index in ranked[limit:]]
    if rest:
        text = f"{len(rest)} more findings of this file are left out. Correct those above first."
        yield Finding(findings[-1].position, rest[0].severity, "more-findings", "", text)


def field_name(path: tuple[str | int, ...]) -> str:
    """A path inside an object as findings write it: `spec.tags[2].from.kind`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{bare(step)}" for step in path)
    return text.removeprefix(".")
