"""`imagestream demo`: the whole story on this machine, with nothing else installed."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.app import Options
from reconciler.demo.story import Story, Teller
from reconciler.errors import UsageError


@click.command()
@click.option("--keep", type=click.Path(path_type=Path), metavar="DIR", help="Leave the scratch repository in DIR.")
@click.pass_obj
def demo(options: Options, keep: Path | None) -> int:
    """Tell the story: declare, first pass, a new image, the next pass, status and history, a roll back.

    Runs in under a minute with a registry inside the process, in a scratch folder that is removed afterwards.

    \b
    Example:
      imagestream demo --keep my-images
    """
    if keep is not None and keep.exists():
        raise UsageError(f"--keep {keep} is there already. Name a folder that is not.")
    teller = Teller(
        heading=lambda text: click.echo(f"\n{click.style(text, bold=True)}\n"),
        comment=lambda text: click.echo(click.style(f"# {text}", fg="cyan")),
        command=lambda text: click.echo(f"{click.style('$', fg='green')} {text}"),
        output=click.echo,
    )
    Story(teller, options.environ).tell(keep=keep)
    return 0
