"""The findings of `validate`: as text, as JSON, and as GitHub's workflow commands."""

from __future__ import annotations

import sys

import click

from reconciler.cli.output.json_form import Json, echo_json, finding_json
from reconciler.cli.standard_stream import drawn_on
from reconciler.model.finding import Severity
from reconciler.model.phrase import plural
from reconciler.model.stream import Declarations, Note, Skipped
from reconciler.model.text import shown


def _text(declared: Declarations) -> None:
    for finding in declared.findings:
        click.echo(str(finding))
    for note in declared.notes:
        click.echo(f"{note.position}: note: {note.what}. {note.why}")
    for skipped in declared.skipped:
        where = f"{skipped.file}:{skipped.line}" if skipped.line else skipped.file
        click.echo(f"{where}: skipped: {skipped.what}. {skipped.why}")
    errors = sum(finding.severity is Severity.ERROR for finding in declared.findings)
    warnings = len(declared.findings) - errors
    tags = sum(len(stream.tags) for stream in declared.streams.values())
    click.echo(
        f"{plural(len(declared.streams), 'stream')}, {plural(tags, 'tag')}: "
        f"{plural(errors, 'error')}, {plural(warnings, 'warning')}"
    )


def _json(declared: Declarations) -> None:
    findings: list[Json] = [finding_json(finding) for finding in declared.findings]
    echo_json(
        {
            "findings": findings,
            "notes": [_note(note) for note in declared.notes],
            "skipped": [_skipped(skipped) for skipped in declared.skipped],
            "streams": len(declared.streams),
            "tags": sum(len(stream.tags) for stream in declared.streams.values()),
        }
    )


def _note(note: Note) -> Json:
    place = note.position
    return {"file": place.file, "line": place.line, "column": place.column, "what": note.what, "why": note.why}


def _skipped(skipped: Skipped) -> Json:
    return {"file": skipped.file, "line": skipped.line, "what": skipped.what, "why": skipped.why}


def _github(declared: Declarations) -> None:
    """GitHub's workflow commands; escaped as its runner unescapes them."""
    for finding in declared.findings:
        place = finding.position
        where = f"file={_property(place.file)},line={max(place.line, 1)},col={max(place.column, 1)}"
        title = _property(finding.rule)
        command = f"::{finding.severity} {where},title={title}::{_escaped(finding.message)}"
        click.echo(shown(command), file=drawn_on(sys.stdout))


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


RENDERERS = {"text": _text, "json": _json, "github": _github}
