"""`imagestream demo`: its arguments and options."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.lazy import HandledCommand

_FOLDER = click.Path(path_type=Path)


@click.command(cls=HandledCommand)
@click.option("--keep", type=_FOLDER, metavar="DIR", help="Leave the scratch repository and its remote in DIR.")
@click.option(
    "--registry", type=_FOLDER, metavar="DIR", help="Serve the registry of a DIR that was kept, until Ctrl-C."
)
def demo() -> None:
    """Tell the story: declare, first pass, a new image, the next pass, status and history, a roll back.

    Runs in under a minute with a registry inside the process, in a scratch folder that is removed afterwards.

    \b
    Example:
      imagestream demo --keep imagestream-demo
      imagestream demo --registry imagestream-demo
    """
