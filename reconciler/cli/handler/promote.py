"""`imagestream promote`: pins a tag to the current image of another, on a branch for a pull request."""

from __future__ import annotations

import click

from reconciler.app.options import Options
from reconciler.app.registry_app import RegistryApp
from reconciler.cli.exit_code import DONE, FAILED
from reconciler.edit.promote import promote as promote_istag


def promote(options: Options, source: str, destination: str, *, push: bool) -> int:
    """Commit the promotion on its branch and print where it is."""
    with RegistryApp(options) as app:
        person = app.repository.author()
        done = promote_istag(app.writer(person), app.registries(), person, source, destination, push=push)
    for line in done.lines:
        click.echo(line)
    click.echo(done.last_line)
    return DONE if done.error is None else FAILED
