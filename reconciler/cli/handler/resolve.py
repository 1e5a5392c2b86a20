"""`imagestream resolve`: prints the pull spec by digest of an istag or isimage."""

from __future__ import annotations

import click

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE
from reconciler.cli.index_members import index_members
from reconciler.cli.output.environment import environment_lines, parse_prefix
from reconciler.cli.output.json_form import echo_json
from reconciler.cli.registries import registries_when_needed
from reconciler.errors import UsageError
from reconciler.model.history import TagEvent
from reconciler.model.name import StreamName
from reconciler.provenance.resolve import resolve as resolve_name
from reconciler.provenance.snapshot import read_snapshot
from reconciler.provenance.timeline import revision_at
from reconciler.reading.committed_file import read_committed_config
from reconciler.reconcile.index_members import events_inside


def resolve(options: Options, name: str, prefix: str | None, at: str | None, output: str, *, env: bool) -> int:
    """Resolve the name at a commit and print its pull spec, or variables for a script."""
    start = _prefix(prefix, output, env=env)
    with App(options) as app:
        registries = registries_when_needed(app)
        revision = revision_at(app.repository, app.head(), at)
        config = read_committed_config(app.repository, app.repository.commit_files(revision))

        def unrecorded(stream: StreamName) -> tuple[TagEvent, ...]:
            return events_inside(index_members(registries, read_snapshot(app.repository, revision)))(stream)

        found = resolve_name(app.repository, revision, name, config.default_namespace, unrecorded)
    if output == "json":
        echo_json({"name": found.name, "image": found.image, "dockerImageReference": found.pull_spec})
    else:
        click.echo("\n".join(environment_lines(found, start)) if env else found.pull_spec)
    return DONE


def _prefix(prefix: str | None, output: str, *, env: bool) -> str:
    """The beginning of each variable. Raises `UsageError` for arguments that exclude each other."""
    if env and output == "json":
        raise UsageError("--env prints lines for a shell, and -o json prints JSON. Leave one of them out.")
    if prefix is not None and not env:
        raise UsageError(f"{prefix} is one name too many. Resolve one at a time; a prefix for variables needs --env.")
    return parse_prefix(prefix)
