"""`imagestream plan`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.flag import flag_option
from reconciler.cli.lazy import HandledCommand


@click.command(cls=HandledCommand)
@click.option("--base", metavar="REF", help="Only the changes since this revision: for a pull request.")
@flag_option("--exit-code", "exit_code", help="Exit with 3 when changes are pending.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Text, stable JSON, or markdown for a pull request's comment.",
)
def plan() -> None:
    """Show what a pass would do now; nothing is written.

    \b
    Example:
      imagestream plan --base origin/main -o markdown
    """
