"""`imagestream adopt`: takes over streams from exports of OpenShift or from a live repository."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.app.options import Options
from reconciler.app.registry_app import RegistryApp
from reconciler.cli.adopted_updater import UpdaterRequest, adopt_updater
from reconciler.cli.exit_code import DONE, FAILED
from reconciler.cli.output.adoption import echo_adoption, echo_json_adoption
from reconciler.cli.output.problem import has_failure
from reconciler.cli.output.progress import progress_bar
from reconciler.edit.adopt.adopt import AdoptionResult, preview
from reconciler.edit.adopt.adopt import adopt as adopt_export
from reconciler.edit.adopt.adoption import AdoptedStream
from reconciler.edit.adopt.export import Export, ExportOptions
from reconciler.edit.adopt.export_reader import read_exports
from reconciler.edit.adopt.live_repository import ExportWithNotes, parse_request, read_repository
from reconciler.errors import InputError, UsageError
from reconciler.model.config import Config
from reconciler.model.finding import Severity
from reconciler.model.name import NAMESPACE_RE
from reconciler.model.reference import Reference
from reconciler.model.stream import ImportMode
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.committed_file import read_committed_config
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.writer import Push, choose_target
from reconciler.settings import CONFIG_FILE, MAX_EXPORT_BYTES

_STDIN = "-"
_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class _Flags:
    """Options, most of which belong to one of the two sources; None and False where they were not given."""

    namespace: str | None
    route: str | None
    name: str | None
    scheduled: bool
    insecure: bool
    import_mode: ImportMode | None


def adopt(  # noqa: PLR0913 - one parameter an option
    options: Options,
    names: tuple[str, ...],
    branch: str | None,
    output: str,
    import_mode: str | None,
    updater: str | None,
    *,
    namespace: str | None,
    route: str | None,
    name: str | None,
    scheduled: bool,
    insecure: bool,
    dry_run: bool,
    no_commit: bool,
    no_push: bool,
) -> int:
    """Read the streams, write them or show what would be written, and print the result."""
    if updater is not None:
        if names or route or name or scheduled or insecure or import_mode or output == "json":
            raise UsageError(
                "--from translates this repository, as text. It takes -n, --dry-run, --no-commit, --branch."
            )
        request = UpdaterRequest(updater, namespace, branch, dry_run=dry_run, no_commit=no_commit, push=not no_push)
        return adopt_updater(options, request)
    if no_commit or not names:
        why = "--no-commit is for --from" if no_commit else "adopt needs FILE, REPOSITORY or --from"
        raise UsageError(f"{why}. See `imagestream adopt --help`.")
    flags = _Flags(namespace, route, name, scheduled, insecure, ImportMode(import_mode) if import_mode else None)
    live = _is_repository(names, flags)
    with RegistryApp(options) as app:
        target = choose_target(app.repository, branch, push=not no_push)
        config = read_committed_config(app.repository, app.repository.commit_files(app.writer().base(target)))
        found = (_listed if live else _exported)(app, names, flags, config.default_namespace)
        if dry_run:
            done = preview(app.writer(), target, found.export)
        else:
            done = adopt_export(app.writer(), target, found.export, app.repository.author())
        proposal = _proposal(done.adoption.streams, config, read_snapshot(app.repository, done.adoption.revision))
    done.result.notes[:0] = [*found.notes, *proposal]
    if output == "json":
        echo_json_adoption(done, found.export)
    else:
        echo_adoption(done, found.export, dry_run=dry_run)
    return _exit_code(done, found.export)


def _proposal(streams: Sequence[AdoptedStream], config: Config, snapshot: Snapshot) -> list[str]:
    """A note with `defaultNamespace` for the Config where every stream is in one namespace; else empty."""
    spaces = {stream.exported.stream.name.namespace for stream in streams}
    spaces |= {name.namespace for name in snapshot.declarations.streams}
    if not streams or len(spaces) != 1 or spaces == {config.default_namespace}:
        return []
    (space,) = spaces
    why = f"every stream is in namespace {space}"
    return [f"{why}. Write `defaultNamespace: {space}` under spec in {CONFIG_FILE}, and names can leave it out."]


def _is_repository(names: tuple[str, ...], flags: _Flags) -> bool:
    """Whether the argument is a repository in a registry. Raises `UsageError` for options of the other source."""
    files = [each for each in names if each == _STDIN or each.endswith(_SUFFIXES) or os.path.exists(each)]  # noqa: PTH110 - Path.exists raises for a name that is too long
    if files and len(files) < len(names):
        other = next(each for each in names if each not in files)
        raise UsageError(f"{other} is not a file. Adopt files or one repository at a time.")
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
        which = "a REPOSITORY" if files else "FILEs"
        raise UsageError(f"{wrong[0]} is for {which}, and {names[0]} is not one. Leave it out.")
    return not files


def _exported(_app: RegistryApp, names: tuple[str, ...], flags: _Flags, default: str) -> ExportWithNotes:
    chosen = ExportOptions(_namespace(flags.namespace, default), _host(flags.route), flags.import_mode)
    with progress_bar("exports") as progress:
        return ExportWithNotes(read_exports(_read(names), chosen, progress))


def _listed(app: RegistryApp, names: tuple[str, ...], flags: _Flags, default: str) -> ExportWithNotes:
    space = _namespace(flags.namespace, default)
    request = parse_request(names[0], space, flags.name, scheduled=flags.scheduled, insecure=flags.insecure)
    request = replace(request, import_mode=flags.import_mode)
    return read_repository(request, app.registries().resolver, app.installation)


def _namespace(text: str | None, default: str) -> str:
    if text is None:
        return default
    if not NAMESPACE_RE.fullmatch(text):
        raise UsageError(f"--namespace {text} is not a namespace. Use up to 63 of a-z 0-9 -, not at either end.")
    return text


def _host(route: str | None) -> str | None:
    """The public name of the registry, checked: it becomes part of pull specs."""
    try:
        right = route is None or Reference.parse(f"{route}/name").host == route
    except InputError:
        right = False
    if not right:
        raise UsageError(f"--route {route} is not a host. Write HOST or HOST:PORT, as in a pull spec.")
    return route


def _read(names: Iterable[str]) -> dict[str, bytes]:
    return {("<stdin>" if name == _STDIN else name): _bytes(name) for name in names}


def _bytes(name: str) -> bytes:
    """The bytes of a file or of standard input, at most one more than allowed: the loader refuses that many."""
    if name == _STDIN:
        return sys.stdin.buffer.read(MAX_EXPORT_BYTES + 1)
    try:
        with Path(name).open("rb") as stream:
            return stream.read(MAX_EXPORT_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{name} cannot be read: {error.strerror}. Name files that `oc get is -o yaml` wrote."
        ) from error


def _exit_code(done: AdoptionResult, export: Export) -> int:
    failed = has_failure(done.adoption.problems) or done.result.push is Push.FAILED
    return FAILED if failed or any(finding.severity is Severity.ERROR for finding in export.findings) else DONE
