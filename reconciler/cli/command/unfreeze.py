"""`imagestream unfreeze`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.lazy import HandledCommand
from reconciler.cli.naming import name_argument
from reconciler.cli.options import branch_option, push_option


@click.command(cls=HandledCommand)
@name_argument("istag")
@branch_option
@push_option
def unfreeze() -> None:
    """Let a frozen istag move again: edit its spec tag and commit that one edit.

    \b
    Example:
      imagestream unfreeze team-a/app:prod --push
    """
