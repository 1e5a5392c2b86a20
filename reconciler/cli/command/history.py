"""`imagestream history`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.lazy import HandledCommand
from reconciler.cli.naming import name_argument
from reconciler.cli.options import at_option, output_option


@click.command(cls=HandledCommand)
@name_argument("istag")
@at_option
@output_option
def history() -> None:
    """Show the images of an istag: the current stack, then images rolled back or cut, then held ones.

    \b
    Example:
      imagestream history team-a/app:prod
    """
