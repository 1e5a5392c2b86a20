"""`imagestream describe`: tells all about a stream, an istag or an isimage."""

from __future__ import annotations

import click

from reconciler.app.app import App
from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE
from reconciler.cli.index_members import index_members
from reconciler.cli.output.description import render
from reconciler.cli.output.description_json import description_json
from reconciler.cli.output.image_details import details_json
from reconciler.cli.output.json_form import echo_json
from reconciler.cli.output.text import echo_note
from reconciler.cli.registries import registries_when_needed
from reconciler.model.config import Installation
from reconciler.model.observation import Failure, Found
from reconciler.provenance.snapshot import read_snapshot
from reconciler.provenance.timeline import revision_at
from reconciler.query.describe import describe as describe_name
from reconciler.query.describe import look_up_image
from reconciler.query.view import StreamView
from reconciler.reconcile.index_members import nothing_inside


def describe(options: Options, name: str, at: str | None, output: str, *, offline: bool) -> int:
    """Describe the name and print the description, with the metadata of the image."""
    with App(options) as app:
        snapshot = read_snapshot(app.repository, revision_at(app.repository, app.head(), at))
        registries = registries_when_needed(app)
        described = describe_name(
            app.repository, snapshot, name, nothing_inside if offline else index_members(registries, snapshot)
        )
        answer = None if offline else look_up_image(registries(), snapshot, described)
        repository = _integrated(app.installation)
        now = app.clock.now()
    metadata = answer.metadata if isinstance(answer, Found) else None
    if output == "json":
        image = {} if isinstance(described, StreamView) else {"details": details_json(metadata)}
        echo_json({**description_json(described), **image})
    else:
        click.echo("\n".join(render(described, now, repository, metadata)))
    if isinstance(answer, Failure):
        echo_note(answer.message)
    return DONE


def _integrated(installation: Installation) -> str | None:
    """The registry whose repositories are the streams, if there is one."""
    return next((rule.prefix.rstrip("/") for rule in installation.registries if rule.integrated), None)
