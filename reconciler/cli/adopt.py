"""`imagestream adopt`: streams that come from OpenShift's exports or from a live repository."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from reconciler.app import App, Options
from reconciler.cli.flag import flag_option
from reconciler.cli.output import Json, echo_json, echo_problems, is_failure, output_option, problem_json, progress_bar
from reconciler.cli.sync import branch_option, last_line, no_push_option
from reconciler.cli.validate import finding_json
from reconciler.edit.adopt.adopt import Adopted, AdoptedStream, Adoption, omissions, preview
from reconciler.edit.adopt.adopt import adopt as adopt_export
from reconciler.edit.adopt.export import Export, Taking, read_exports
from reconciler.edit.adopt.repository import Found, read_repository, wanted
from reconciler.errors import InputError, UsageError
from reconciler.model.config import Config
from reconciler.model.finding import Severity
from reconciler.model.name import NAMESPACE_RE
from reconciler.model.reference import Reference
from reconciler.model.stream import ImportMode
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.snapshot import Snapshot, read_committed_config
from reconciler.reconcile.writer import Push, choose_target
from reconciler.settings import CONFIG_FILE, MAX_EXPORT_BYTES

_STDIN = "-"
_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class _Flags:
    """The options that belong to one of the two ways; None and False where they were not given."""

    namespace: str | None
    route: str | None
    name: str | None
    scheduled: bool
    insecure: bool
    import_mode: ImportMode | None


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="FILE...|REPOSITORY")
@click.option("-n", "--namespace", metavar="NAMESPACE", help="Of streams that name none; else the default.")
@click.option("--route", metavar="HOST[:PORT]", help="FILE: the public name of the cluster's registry.")
@click.option("--name", metavar="STREAM", help="REPOSITORY: the stream's name; else the last part of REPOSITORY.")
@flag_option("--scheduled", help="REPOSITORY: look at the registry again and again.")
@flag_option("--insecure", help="REPOSITORY: allow plain HTTP and unverified TLS.")
@click.option(
    "--import-mode",
    type=click.Choice([str(mode) for mode in ImportMode]),
    help="Of all tags: index, or one platform; else FILE's.",
)
@flag_option("--dry-run", "dry_run", help="Show what would be written; write nothing.")
@branch_option
@no_push_option
@output_option
@click.pass_obj
def adopt(  # noqa: PLR0913 - one parameter an option
    options: Options,
    names: tuple[str, ...],
    branch: str | None,
    output: str,
    import_mode: str | None,
    *,
    namespace: str | None,
    route: str | None,
    name: str | None,
    scheduled: bool,
    insecure: bool,
    dry_run: bool,
    no_push: bool,
) -> int:
    """Take over streams: from OpenShift's exports with their histories, or from a live repository.

    FILE is what `oc get is -o yaml` or `-o json` printed, one stream or many; - reads it from the pipe. REPOSITORY is
    one in a registry: its tags become a stream, as OpenShift imports one, and the next `imagestream sync` its images.

    Streams that are in git already keep their files. Where these name no importMode and the export names Legacy, which
    clusters fill in, it is written into them, so that nothing moves; --import-mode PreserveOriginal leaves them alone.

    \b
    Example:
      imagestream adopt streams.yaml
      oc get is -n team-a -o yaml | imagestream adopt -
      imagestream adopt quay.io/acme/app --scheduled --namespace team-a
    """
    flags = _Flags(namespace, route, name, scheduled, insecure, ImportMode(import_mode) if import_mode else None)
    live = _is_repository(names, flags)
    with App(options) as app:
        target = choose_target(app.repository, branch, push=not no_push)
        config = read_committed_config(app.repository, app.repository.snapshot(app.writer().base(target)))
        found = (_listed if live else _exported)(app, names, flags, config.default_namespace)
        if dry_run:
            done = preview(app.writer(), target, found.export)
        else:
            done = adopt_export(app.writer(), target, found.export, app.repository.author())
        proposal = _proposal(done.adoption.streams, config, read_snapshot(app.repository, done.adoption.revision))
    done.result.notes[:0] = [*found.notes, *proposal]
    _RENDERERS[output](done, found.export, dry_run=dry_run)
    return _exit_code(done, found.export)


def _proposal(streams: Sequence[AdoptedStream], config: Config, state: Snapshot) -> list[str]:
    """Where every stream is in one namespace, that names need not say it: the line to write; else nothing."""
    spaces = {stream.exported.stream.name.namespace for stream in streams}
    spaces |= {name.namespace for name in state.declarations.streams}
    if not streams or len(spaces) != 1 or spaces == {config.default_namespace}:
        return []
    (space,) = spaces
    why = f"every stream is in namespace {space}"
    return [f"{why}. Write `defaultNamespace: {space}` under spec in {CONFIG_FILE}, and names need not say it."]


def _is_repository(names: tuple[str, ...], flags: _Flags) -> bool:
    """Whether a registry's repository is meant. Raises `UsageError` for options of the other way."""
    files = [each for each in names if each == _STDIN or each.endswith(_SUFFIXES) or os.path.exists(each)]  # noqa: PTH110 - Path's raises for a name that is too long
    if files and len(files) < len(names):
        other = next(each for each in names if each not in files)
        raise UsageError(f"{other} is no file. Adopt files or one repository at a time.")
    if not files and len(names) > 1:
        raise UsageError(f"{names[1]} is one repository too many. Adopt one at a time.")
    of_files, of_repository = (
        {"--route": flags.route},
        {
            "--name": flags.name,
            "--scheduled": flags.scheduled,
            "--insecure": flags.insecure,
        },
    )
    wrong = [flag for flag, value in (of_repository if files else of_files).items() if value]
    if wrong:
        raise UsageError(f"{wrong[0]} is for {'a REPOSITORY' if files else 'FILEs'}; {names[0]} is none. Leave it out.")
    return not files


def _exported(_app: App, names: tuple[str, ...], flags: _Flags, default: str) -> Found:
    taking = Taking(_namespace(flags.namespace, default), _host(flags.route), flags.import_mode)
    with progress_bar("exports") as progress:
        return Found(read_exports(_read(names), taking, progress))


def _listed(app: App, names: tuple[str, ...], flags: _Flags, default: str) -> Found:
    space = _namespace(flags.namespace, default)
    asked = wanted(names[0], space, flags.name, scheduled=flags.scheduled, insecure=flags.insecure)
    asked = replace(asked, import_mode=flags.import_mode)
    return read_repository(asked, app.registries().resolver, app.installation)


def _namespace(text: str | None, default: str) -> str:
    if text is None:
        return default
    if not NAMESPACE_RE.fullmatch(text):
        raise UsageError(f"--namespace {text} is no namespace. Use up to 63 of a-z 0-9 -, not at either end.")
    return text


def _host(route: str | None) -> str | None:
    """The public name, checked: it becomes part of pull specs."""
    try:
        right = route is None or Reference.parse(f"{route}/name").host == route
    except InputError:
        right = False
    if not right:
        raise UsageError(f"--route {route} is no host. Write HOST or HOST:PORT, as in a pull spec.")
    return route


def _read(names: Iterable[str]) -> dict[str, bytes]:
    return {("<stdin>" if name == _STDIN else name): _bytes(name) for name in names}


def _bytes(name: str) -> bytes:
    """The bytes of a file or the pipe, one more than may be read at most: the loader refuses those."""
    if name == _STDIN:
        return sys.stdin.buffer.read(MAX_EXPORT_BYTES + 1)
    try:
        with Path(name).open("rb") as stream:
            return stream.read(MAX_EXPORT_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{name} cannot be read: {error.strerror}. Name files that `oc get is -o yaml` wrote."
        ) from error


def _exit_code(done: Adopted, export: Export) -> int:
    failed = is_failure(done.adoption.problems) or done.result.push is Push.FAILED
    return 1 if failed or any(finding.severity is Severity.ERROR for finding in export.findings) else 0


def _text(done: Adopted, export: Export, *, dry_run: bool) -> None:
    for stream in done.adoption.streams:
        click.echo(_line(stream, dry_run=dry_run))
    for finding in export.findings:
        click.echo(str(finding), err=True)
    echo_problems(done.adoption.problems)
    notes = (*_written_modes(done.adoption), *_cut(done.adoption.streams), *done.result.notes)
    for note in (*notes, *(f"left out: {each}" for each in omissions(done.adoption, export))):
        click.echo(f"note: {note}", err=True)
    if done.result.error:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {done.result.error}", err=True)
    click.echo("Nothing was written: this is a dry run." if dry_run else last_line(done.result))


def _line(stream: AdoptedStream, *, dry_run: bool) -> str:
    name = stream.exported.stream.name
    if not stream.writes:
        return f"{name}: nothing to adopt, all of it is here"
    events = sum(len(tag.stack) for tag in stream.tags)
    modes = f"importMode written for {_count(len(stream.modes), 'tag')}" if stream.modes else "kept as it is"
    kept = "" if stream.declares else f" ({modes})"
    verb = "would adopt" if dry_run else "adopted"
    declared = len(stream.exported.stream.tags)
    tags = len(stream.tags) or declared  # as the subject of the commit counts them
    declares = f" declares {_count(declared, 'tag')}" if stream.declares and declared != tags else ""
    return f"{name}: {verb} {_count(tags, 'tag')}, {_count(events, 'event')}; {stream.file}{declares}{kept}"


def _written_modes(adoption: Adoption) -> Iterator[str]:
    """What was written into files that are kept otherwise."""
    for file in adoption.modes:
        yield (
            f"{file} names no importMode where the export names {ImportMode.LEGACY}, which clusters fill in: it is "
            f"written, so that nothing moves. --import-mode {ImportMode.PRESERVE_ORIGINAL} leaves the file as it is"
        )


def _cut(streams: Iterable[AdoptedStream]) -> Iterator[str]:
    for tag in (tag for stream in streams for tag in stream.tags if tag.left_out):
        yield f"{tag.tag}: limits.history has no room for {_count(tag.left_out, 'older event')}; the export has them"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _json(done: Adopted, export: Export, *, dry_run: bool) -> None:  # noqa: ARG001 - as the other renderer
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


def _stream(stream: AdoptedStream, done: Adopted) -> Json:
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


_RENDERERS = {"text": _text, "json": _json}
