"""Output for people and programs: ages as `oc` prints them, colour on a terminal only, stable JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import click

from reconciler.cli.stream import drawn_on
from reconciler.model.change import Change
from reconciler.model.plan import Problem
from reconciler.model.reference import is_digest, short_digest
from reconciler.model.stream import Source
from reconciler.reconcile.ask import Progress

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | bool | None

# Docker's HumanDuration, which `oc` uses for ages: below so many seconds, divide by so much, and this is the text.
_AGES: tuple[tuple[float, int, str], ...] = (
    (1, 1, "Less than a second"),
    (60, 1, "{} seconds"),
    (120, 60, "About a minute"),
    (60 * 60, 60, "{} minutes"),
    (2 * 60 * 60, 3600, "About an hour"),
    (48 * 3600, 3600, "{} hours"),
    (14 * 86400, 86400, "{} days"),
    (60 * 86400, 7 * 86400, "{} weeks"),
    (2 * 365 * 86400, 30 * 86400, "{} months"),
    (float("inf"), 365 * 86400, "{} years"),
)

# kubectl's, for columns: below so many seconds, divide by so much, and this is the unit.
_SHORT_AGES: tuple[tuple[float, int, str], ...] = (
    (2 * 60, 1, "s"),
    (2 * 3600, 60, "m"),
    (2 * 86400, 3600, "h"),
    (2 * 365 * 86400, 86400, "d"),
    (float("inf"), 365 * 86400, "y"),
)

output_option = click.option(
    "-o",
    "--output",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Text for people, or stable JSON (`imagestream schema`).",
)


def age(created: str, now: datetime) -> str:
    """How long ago a recorded time was, in `oc`'s words; the text itself where it is no time."""
    try:
        seconds = (now - datetime.fromisoformat(created)).total_seconds()
    except (ValueError, TypeError):
        return created
    for below, unit, text in _AGES:
        if seconds < below:
            count = int(max(seconds, 0) // unit)
            words = text.format(count)
            return (words.removesuffix("s") if count == 1 and "{}" in text else words) + " ago"
    return created


def short_age(created: str | None, now: datetime) -> str:
    """How long ago a recorded time was, as kubectl has it in columns: `5m`, `3h`, `12d`."""
    if created is None:
        return "<none>"
    try:
        seconds = max((now - datetime.fromisoformat(created)).total_seconds(), 0)
    except (ValueError, TypeError):
        return created
    return next(f"{int(seconds // unit)}{text}" for below, unit, text in _SHORT_AGES if seconds < below)


def short(identity: str | None) -> str:
    """An image for people: its digest cut to twelve digits, or the pull spec of a reference tag."""
    if identity is None:
        return "<none>"
    return short_digest(identity) if is_digest(identity) else identity


def echo_json(value: Json) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def source_json(source: Source | None) -> Json:
    """A source as the formats have it."""
    if source is None:
        return None
    said: dict[str, Json] = {"kind": str(source.kind), "name": source.name}
    return said | {"namespace": source.namespace} if source.namespace else said


def change_json(change: Change) -> dict[str, Json]:
    """A change as `plan -o json` has it."""
    return {
        "tag": str(change.tag),
        "change": str(change.kind),
        "image": change.image,
        "previous": change.previous,
        "source": source_json(change.source),
        "cause": change.cause,
        "files": list(change.files),
    }


def problem_json(problem: Problem) -> dict[str, Json]:
    """A problem as `plan -o json` has it."""
    return {
        "tag": str(problem.tag) if problem.tag else None,
        "reason": str(problem.reason),
        "message": problem.message,
        "file": problem.file,
        "line": problem.line,
    }


def is_failure(problems: Iterable[Problem]) -> bool:
    """Whether any of them is a failure."""
    return any(problem.is_failure for problem in problems)


def echo_problems(problems: Iterable[Problem]) -> None:
    """Problems on stderr, one line each."""
    for problem in problems:
        place = f"{problem.file}:{problem.line}: " if problem.line else (f"{problem.file}: " if problem.file else "")
        reason = click.style(str(problem.reason), fg="yellow")
        click.echo(f"{place}{reason}: {problem.message}", err=True)


@contextmanager
def progress_bar(label: str) -> Iterator[Progress | None]:
    """A progress bar on stderr over slow registries, on a terminal only."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    bar = click.progressbar(length=1, label=label, file=drawn_on(sys.stderr))
    with bar:

        def advance(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield advance


def counted(number: int, noun: str) -> str:
    """`1 stream`, `2 streams`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
