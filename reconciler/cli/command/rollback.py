"""`imagestream rollback`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.flag import flag_option
from reconciler.cli.lazy import HandledCommand
from reconciler.cli.naming import name_argument
from reconciler.cli.options import branch_option, no_push_option, output_option


@click.command(cls=HandledCommand)
@name_argument("istag")
@click.option("--to", metavar="GENERATION|DIGEST", help="The event to go back to; else the one below the newest.")
@flag_option("--freeze", help="Freeze the tag in the same commit, so that nothing moves it.")
@flag_option("--force", help="Roll back even to an image that the registry has lost.")
@branch_option
@no_push_option
@output_option
def rollback() -> None:
    """Roll an istag back in one commit; no reconciler has to run, and no conflict is possible.

    `git revert` of the commit that moved the tag does the same; `rollback` goes back any number of events.

    \b
    Example:
      imagestream rollback team-a/app:prod --to 4
    """
