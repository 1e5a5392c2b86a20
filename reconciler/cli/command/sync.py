"""`imagestream sync`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.flag import flag_option
from reconciler.cli.lazy import HandledCommand
from reconciler.cli.options import branch_option, no_push_option, output_option


@click.command(cls=HandledCommand)
@branch_option
@no_push_option
@flag_option("--retarget", help="Write every image of a workload that differs, also what a person changed.")
@flag_option("--yes", help="Do not ask before the first pass over a repository.")
@output_option
def sync() -> None:
    """Run one pass: look up what is due, commit every move, push.

    \b
    Example:
      imagestream -C my-images sync
    """
