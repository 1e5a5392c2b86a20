"""`imagestream validate`: its arguments and options."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.flag import flag_option
from reconciler.cli.lazy import HandledCommand


@click.command(cls=HandledCommand)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[PATH]...")
@click.option("--revision", metavar="REV", help="Check a commit instead of the work tree.")
@flag_option("--strict", help="Warnings count as errors.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="Text, stable JSON, or GitHub's workflow commands.",
)
def validate() -> None:
    """Show every finding of the work tree as path:line:column: error: message [rule].

    It works in any folder. With PATHs, only those are checked.

    \b
    Example:
      imagestream validate --strict imagestreams/
    """
