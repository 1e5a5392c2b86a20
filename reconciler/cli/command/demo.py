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
    """Show the whole story: declare, first pass, a new image, next pass, status and history, a roll back.

    It takes less than a minute, with a registry inside the process and a scratch folder that is removed at the end.

    \b
    Example:
      imagestream demo --keep imagestream-demo
      imagestream demo --registry imagestream-demo
    """
