"""`imagestream validate`: every finding, in file order."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from reconciler.app import App, Options
from reconciler.cli.flag import flag_option
from reconciler.cli.output import Json, counted, echo_json
from reconciler.cli.stream import drawn_on
from reconciler.errors import UsageError
from reconciler.gitstore import Repository
from reconciler.model.finding import Finding, Severity
from reconciler.model.stream import Declarations, Note, Skipped
from reconciler.model.text import shown
from reconciler.query.validate import validate_folder, validate_revision
from reconciler.settings import CONFIG_FILE


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[PATH]...")
@click.option("--revision", metavar="REV", help="Look at a commit instead of the work tree.")
@flag_option("--strict", help="Warnings count as errors.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="Text, stable JSON, or GitHub's workflow commands.",
)
@click.pass_obj
def validate(options: Options, paths: tuple[Path, ...], revision: str | None, output: str, *, strict: bool) -> int:
    """Show every finding of the work tree as path:line:column: error: message [rule].

    Works in any folder; with PATHs only what lies there.

    \b
    Example:
      imagestream validate --strict imagestreams/
    """
    with App(options) as app:
        declared = _validate(app, paths, revision)
    _RENDERERS[output](declared)
    failing = [finding for finding in declared.findings if strict or finding.severity is Severity.ERROR]
    return 1 if failing else 0


def _validate(app: App, paths: tuple[Path, ...], revision: str | None) -> Declarations:
    folder, repository, only = _scope(app, paths, bare=revision is not None)
    if revision is None:
        return validate_folder(folder, repository, app.installation, only)
    if repository is None:
        raise UsageError(f"--revision needs a git repository, and {folder} is in none.")
    return validate_revision(repository, revision, app.installation, only)


def _scope(app: App, paths: tuple[Path, ...], *, bare: bool) -> tuple[Path, Repository | None, list[str]]:
    """The folder to look through, its repository, and the paths below it that are asked for.

    One PATH that is a folder with a `reconciler.yaml` of its own is looked through as if it were a repository.
    """
    if len(paths) == 1 and (paths[0] / CONFIG_FILE).is_file():
        return paths[0], None, []
    try:
        repository = app.repository
    except UsageError:
        return _plain_scope(app.options.directory, paths)
    if repository.bare and not bare:
        raise UsageError(f"{repository.path} has no work tree. Name a commit with --revision.")
    only = [_below(path, repository.path) for path in paths]
    return repository.path, repository, [path for path in only if path != "."]


def _plain_scope(directory: Path, paths: tuple[Path, ...]) -> tuple[Path, None, list[str]]:
    only = [_below(path, directory) for path in paths]
    return directory, None, [path for path in only if path != "."]


def _below(path: Path, folder: Path) -> str:
    """The path as files are named inside the folder. The last component may be a symlink; it is not followed."""
    resolved = path.parent.resolve() / path.name if path.name not in {"", ".."} else path.resolve()
    try:
        return Path(os.path.normpath(resolved)).relative_to(folder.resolve()).as_posix()
    except ValueError as error:
        raise UsageError(f"{path} is not below {folder}. Name files of that folder, or use -C.") from error


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
        f"{counted(len(declared.streams), 'stream')}, {counted(tags, 'tag')}: "
        f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
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


def finding_json(finding: Finding) -> Json:
    """A finding as `validate -o json` has it."""
    return {
        "file": finding.position.file,
        "line": finding.position.line,
        "column": finding.position.column,
        "severity": str(finding.severity),
        "rule": finding.rule,
        "path": finding.path,
        "message": finding.message,
    }


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


_RENDERERS = {"text": _text, "json": _json, "github": _github}
