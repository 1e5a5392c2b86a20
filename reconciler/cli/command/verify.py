"""`imagestream verify`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.lazy import HandledCommand
from reconciler.cli.options import output_option


@click.command(cls=HandledCommand)
@click.argument("revision", required=False, metavar="[REV]")
@output_option
def verify() -> None:
    """Prove that every change of a history or hold is a step of the reconciler or a person's decision.

    A change that a later commit undid is only a note. With `signing` in --config, every commit of the reconciler since
    the first signed one must be signed by a trusted key; a branch without a signed commit is an error.

    \b
    Example:
      imagestream verify origin/main
    """
