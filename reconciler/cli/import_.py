"""`imagestream import`: look at one istag's source now, and commit what it gives."""

from __future__ import annotations

import click

from reconciler.app import App, Options
from reconciler.cli.completion import istag_argument
from reconciler.cli.output import output_option, progress_bar
from reconciler.cli.sync import branch_option, echo_result, exit_code, no_push_option
from reconciler.operations.writer import choose_target


@click.command("import")
@istag_argument("istag", metavar="STREAM:TAG")
@branch_option
@no_push_option
@output_option
@click.pass_obj
def import_(options: Options, istag: str, branch: str | None, output: str, *, no_push: bool) -> int:
    """Look at an istag's source now, scheduled or not, and commit what it gives.

    \b
    Example:
      imagestream import team-a/app:prod
    """
    with App(options) as app:
        target = choose_target(app.repository, branch, push=not no_push)
        with progress_bar("registries") as progress:
            result = app.reconciler(progress).import_(target, istag, app.repository.author())
    echo_result(result, output)
    return exit_code(result)
