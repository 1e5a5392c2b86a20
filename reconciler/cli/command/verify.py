"""`imagestream verify`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.lazy import HandledCommand
from reconciler.cli.options import output_option


@click.command(cls=HandledCommand)
@click.argument("revision", required=False, metavar="[REV]")
@output_option
def verify() -> None:
    """Prove that every change of every history and hold was allowed: an own step, or a person's decision.

    What a later commit undid is noted and does no harm. With `signing` in --config, commits of the reconciler have to
    be signed by a trusted key from the first that is; where none is, that is an error.

    \b
    Example:
      imagestream verify origin/main
    """
