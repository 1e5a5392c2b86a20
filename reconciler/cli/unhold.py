"""`imagestream unhold`: let an istag come back to the images that were rolled back."""

from __future__ import annotations

import click

from reconciler.app import App, Options
from reconciler.cli.naming import name_argument
from reconciler.cli.output import output_option
from reconciler.cli.sync import branch_option, echo_result, exit_code, no_push_option
from reconciler.edit.rollback import release
from reconciler.reconcile.writer import choose_target


@click.command()
@name_argument("istag")
@branch_option
@no_push_option
@output_option
@click.pass_obj
def unhold(options: Options, istag: str, branch: str | None, output: str, *, no_push: bool) -> int:
    """Release every image that is held for an istag; the next pass may come back to it.

    \b
    Example:
      imagestream unhold team-a/app:prod
    """
    with App(options) as app:
        target = choose_target(app.repository, branch, push=not no_push)
        result = release(app.writer(), target, istag, app.repository.author())
    echo_result(result, output)
    return exit_code(result)
