"""`imagestream status`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.flag import flag_option
from reconciler.cli.lazy import HandledCommand
from reconciler.cli.name_kind import Kind
from reconciler.cli.naming import name_argument


@click.command(cls=HandledCommand)
@name_argument("names", Kind.STREAM, Kind.ISTAG, Kind.NAMESPACE, metavar="NAMESPACE/|STREAM|ISTAG", nargs=-1)
@flag_option("--offline", help="Look up no registry; show what git has.")
@click.option(
    "-o",
    "--output",
    "output",
    type=click.Choice(["text", "wide", "json"]),
    default="text",
    help="Text for people, text with each value of a workload, or stable JSON (`imagestream schema`).",
)
def status() -> None:
    """Show for each istag the recorded image, the image that its source has now, and the state.

    The column WORKLOADS counts the values of files that follow an istag; -o wide names them.

    Without a name all istags are shown, or those of the namespace that -n names.

    \b
    Example:
      imagestream status team-a/app:prod
      imagestream status team-a/app
      imagestream status team-a/ --offline
    """
