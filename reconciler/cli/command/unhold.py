"""`imagestream unhold`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.lazy import HandledCommand
from reconciler.cli.naming import name_argument
from reconciler.cli.options import branch_option, no_push_option, output_option


@click.command(cls=HandledCommand)
@name_argument("istag")
@branch_option
@no_push_option
@output_option
def unhold() -> None:
    """Release every image that is held for an istag; the next pass may come back to one.

    \b
    Example:
      imagestream unhold team-a/app:prod
    """
