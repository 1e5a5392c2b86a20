"""`imagestream resolve`: the pull spec by digest that a name means."""

from __future__ import annotations

import click

from reconciler.app import App, Options
from reconciler.cli.naming import Kind, name_argument
from reconciler.cli.output import echo_json, output_option
from reconciler.model.history import TagEvent
from reconciler.model.name import StreamName
from reconciler.provenance.resolve import resolve as resolve_name
from reconciler.provenance.snapshot import read_snapshot
from reconciler.provenance.timeline import revision_at
from reconciler.reading.snapshot import read_committed_config
from reconciler.reconcile.index_members import events_inside


@click.command()
@name_argument("name", Kind.ISTAG, Kind.ISIMAGE, metavar="ISTAG|ISIMAGE")
@click.option("--at", metavar="TIME|REV", help="As it was at a time (RFC 3339, UTC) or revision.")
@output_option
@click.pass_obj
def resolve(options: Options, name: str, at: str | None, output: str) -> int:
    """Print the pull spec, by digest, that an istag or isimage means.

    \b
    Example:
      podman pull "$(imagestream resolve team-a/app:prod)"
    """
    with App(options) as app:
        revision = revision_at(app.repository, app.head(), at)
        config = read_committed_config(app.repository, app.repository.snapshot(revision))

        def unrecorded(stream: StreamName) -> tuple[TagEvent, ...]:
            return events_inside(app.inside(read_snapshot(app.repository, revision)))(stream)

        found = resolve_name(app.repository, revision, name, config.default_namespace, unrecorded)
    if output == "json":
        echo_json({"name": found.name, "image": found.image, "dockerImageReference": found.pull_spec})
    else:
        click.echo(found.pull_spec)
    return 0
