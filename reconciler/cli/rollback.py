"""`imagestream rollback`: take the newest events of an istag off, and hold their images."""

from __future__ import annotations

import click

from reconciler.app import App, Options
from reconciler.cli.flag import flag_option
from reconciler.cli.naming import name_argument
from reconciler.cli.output import output_option
from reconciler.cli.sync import branch_option, echo_result, exit_code, no_push_option
from reconciler.edit.rollback import RollBack, roll_back
from reconciler.reconcile.writer import choose_target


@click.command()
@name_argument("istag")
@click.option("--to", metavar="GENERATION|DIGEST", help="The event to go back to; else the one below the newest.")
@flag_option("--freeze", help="Freeze the tag in the same commit, so that nothing moves it.")
@flag_option("--force", help="Roll back even to an image that the registry has lost.")
@branch_option
@no_push_option
@output_option
@click.pass_obj
def rollback(  # noqa: PLR0913 - one parameter an option
    options: Options,
    istag: str,
    to: str | None,
    branch: str | None,
    output: str,
    *,
    freeze: bool,
    force: bool,
    no_push: bool,
) -> int:
    """Roll an istag back in one commit; no reconciler has to run, and no conflict is possible.

    `git revert` of the commit that moved the tag does the same; this one goes back any number of events.

    \b
    Example:
      imagestream rollback team-a/app:prod --to 4
    """
    with App(options) as app:
        target = choose_target(app.repository, branch, push=not no_push)
        asked = RollBack(istag, to, freeze, force)
        result = roll_back(app.writer(), app.registries(), target, asked, app.repository.author())
    echo_result(result, output)
    return exit_code(result)
