"""The result of `adopt`: as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from reconciler.cli.output.json_form import Json, echo_json, finding_json, problem_json
from reconciler.cli.output.pass_result import last_line
from reconciler.cli.output.problem import echo_problems
from reconciler.cli.output.text import echo_error, echo_note
from reconciler.edit.adopt.adopt import AdoptionResult, omissions
from reconciler.edit.adopt.adoption import AdoptedStream, Adoption
from reconciler.edit.adopt.export import Export
from reconciler.model.phrase import plural
from reconciler.model.stream import ImportMode


def echo_adoption(done: AdoptionResult, export: Export, *, dry_run: bool) -> None:
    """Print the result for people: one line for each stream, and on stderr findings, problems and notes."""
    for stream in done.adoption.streams:
        click.echo(_line(stream, dry_run=dry_run))
    for finding in export.findings:
        click.echo(str(finding), err=True)
    echo_problems(done.adoption.problems)
    notes = (*_written_modes(done.adoption), *_cut(done.adoption.streams), *done.result.notes)
    for note in (*notes, *(f"left out: {each}" for each in omissions(done.adoption, export))):
        echo_note(note)
    if done.result.error:
        echo_error(done.result.error)
    click.echo("Nothing was written: this is a dry run." if dry_run else last_line(done.result))


def _line(stream: AdoptedStream, *, dry_run: bool) -> str:
    name = stream.exported.stream.name
    if not stream.writes:
        return f"{name}: nothing to adopt, all of it is here"
    events = sum(len(tag.stack) for tag in stream.tags)
    modes = f"importMode written for {plural(len(stream.modes), 'tag')}" if stream.modes else "kept as it is"
    kept = "" if stream.declares else f" ({modes})"
    verb = "would adopt" if dry_run else "adopted"
    declared = len(stream.exported.stream.tags)
    tags = len(stream.tags) or declared  # counted as in the subject of the commit
    declares = f" declares {plural(declared, 'tag')}" if stream.declares and declared != tags else ""
    return f"{name}: {verb} {plural(tags, 'tag')}, {plural(events, 'event')}; {stream.file}{declares}{kept}"


def _written_modes(adoption: Adoption) -> Iterator[str]:
    """Notes about import modes that were written into existing files."""
    for file in adoption.modes:
        yield (
            f"{file} names no importMode where the export names {ImportMode.LEGACY}, which clusters fill in: it is "
            f"written, so that nothing moves. --import-mode {ImportMode.PRESERVE_ORIGINAL} leaves the file as it is"
        )


def _cut(streams: Iterable[AdoptedStream]) -> Iterator[str]:
    for tag in (tag for stream in streams for tag in stream.tags if tag.left_out):
        yield f"{tag.tag}: limits.history has no room for {plural(tag.left_out, 'older event')}; the export has them"


def echo_json_adoption(done: AdoptionResult, export: Export) -> None:
    """Print the result as JSON (schemas/adopt.schema.json). It is the same for a dry run, apart from `push`."""
    findings: list[Json] = [finding_json(finding) for finding in export.findings]
    echo_json(
        {
            "revision": done.adoption.revision,
            "streams": [_stream(stream, done) for stream in done.adoption.streams],
            "findings": findings,
            "leftOut": [
                {"count": each.count, "what": each.what, "why": each.why} for each in omissions(done.adoption, export)
            ],
            "problems": [problem_json(problem) for problem in done.adoption.problems],
            "push": str(done.result.push),
        }
    )


def _stream(stream: AdoptedStream, done: AdoptionResult) -> Json:
    return {
        "stream": str(stream.exported.stream.name),
        "file": stream.file,
        "declared": "now" if stream.declares else "before",
        "importModeWritten": list(stream.modes),
        "tags": [
            {
                "tag": str(tag.tag),
                "image": tag.stack[0].image,
                "dockerImageReference": tag.stack[0].pull_spec,
                "events": len(tag.stack),
                "leftOut": tag.left_out,
                "commit": done.commits.get(tag.tag),
            }
            for tag in stream.tags
        ],
    }
