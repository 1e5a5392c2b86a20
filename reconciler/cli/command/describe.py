"""`imagestream describe`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.flag import flag_option
from reconciler.cli.lazy import HandledCommand
from reconciler.cli.name_kind import Kind
from reconciler.cli.naming import name_argument
from reconciler.cli.options import at_option, output_option


@click.command(cls=HandledCommand)
@name_argument("name", Kind.STREAM, Kind.ISTAG, Kind.ISIMAGE, metavar="STREAM|ISTAG|ISIMAGE")
@at_option
@flag_option("--offline", help="Leave out the details of the image, which the registry has.")
@output_option
def describe() -> None:
    """Describe a stream, an istag or an isimage, as oc describe does.

    \b
    Example:
      imagestream describe team-a/app
      imagestream describe team-a/app:prod
      imagestream describe team-a/app@sha256:9f2c1ab04d77
    """
