"""`imagestream resolve`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.lazy import HandledCommand
from reconciler.cli.name_kind import Kind
from reconciler.cli.naming import name_argument
from reconciler.cli.options import at_option, output_option


@click.command(cls=HandledCommand)
@name_argument("name", Kind.ISTAG, Kind.ISIMAGE, metavar="ISTAG|ISIMAGE")
@at_option
@output_option
def resolve() -> None:
    """Print the pull spec, by digest, that an istag or isimage means.

    \b
    Example:
      podman pull "$(imagestream resolve team-a/app:prod)"
    """
