"""`imagestream demo`: the whole story on this machine, with nothing else installed."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from reconciler.app import Options
from reconciler.demo.ending import Teller
from reconciler.demo.kept import served
from reconciler.demo.story import Story
from reconciler.errors import UsageError

_FOLDER = click.Path(path_type=Path)


@click.command()
@click.option("--keep", type=_FOLDER, metavar="DIR", help="Leave the scratch repository and its remote in DIR.")
@click.option(
    "--registry", type=_FOLDER, metavar="DIR", help="Serve the registry of a DIR that was kept, until Ctrl-C."
)
@click.pass_obj
def demo(options: Options, keep: Path | None, registry: Path | None) -> int:
    """Tell the story: declare, first pass, a new image, the next pass, status and history, a roll back.

    Runs in under a minute with a registry inside the process, in a scratch folder that is removed afterwards.

    \b
    Example:
      imagestream demo --keep imagestream-demo
      imagestream demo --registry imagestream-demo
    """
    if keep is not None and registry is not None:
        raise UsageError("--keep tells the story, --registry serves what it left. Leave one of them out.")
    if registry is not None:
        return _serve(registry)
    if keep is not None and (keep.exists() or keep.is_symlink()):
        raise UsageError(f"--keep {keep} is there already. Name a folder that is not.")
    teller = Teller(
        heading=lambda text: click.echo(f"\n{click.style(text, bold=True)}\n"),
        comment=lambda text: click.echo(click.style(f"# {text}", fg="cyan")),
        command=lambda text: click.echo(f"{click.style('$', fg='green')} {text}"),
        output=click.echo,
    )
    Story(teller, options.environ).tell(keep=keep)
    return 0


def _serve(folder: Path) -> int:
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before there is another thread that would get them
    with served(folder) as address:
        click.echo(f"Serving the demo's registry at {address}. Ctrl-C ends it.")
        signal.sigwait(ends)
    return 0
