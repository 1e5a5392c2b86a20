"""`imagestream promote`: pin a tag to what another means now, on a branch for a pull request."""

from __future__ import annotations

import click

from reconciler.app import App, Options
from reconciler.cli.freeze import push_option
from reconciler.cli.naming import name_argument
from reconciler.edit.promote import promote as promote_istag


@click.command()
@name_argument("source", metavar="SOURCE")
@name_argument("destination", metavar="DEST")
@push_option
@click.pass_obj
def promote(options: Options, source: str, destination: str, *, push: bool) -> int:
    """Pin DEST to the image that SOURCE means now, on the branch imagestream/promote/NAMESPACE/STREAM/TAG.

    Dots that git allows in no branch are written =2E there (v1=2Elock). A promotion that is not merged yet goes on:
    what SOURCE means by now is one more commit on its branch.

    \b
    Example:
      imagestream promote team-a/app:test team-a/app:prod --push
    """
    with App(options) as app:
        person = app.repository.author()
        done = promote_istag(app.writer(person), app.registries(), person, source, destination, push=push)
    for line in done.lines:
        click.echo(line)
    click.echo(done.last_line)
    return 0 if done.error is None else 1
