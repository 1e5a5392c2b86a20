"""`imagestream freeze`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.lazy import HandledCommand
from reconciler.cli.naming import name_argument
from reconciler.cli.options import branch_option, push_option


@click.command(cls=HandledCommand)
@name_argument("istag")
@branch_option
@push_option
def freeze() -> None:
    """Stop all moves of an istag: edit its spec tag and commit that one edit.

    \b
    Example:
      imagestream freeze team-a/app:prod --push
    """
