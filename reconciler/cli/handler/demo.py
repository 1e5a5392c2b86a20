"""`imagestream demo`: shows the whole story on this machine, with nothing else installed."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from reconciler.app.options import Options
from reconciler.cli.exit_code import DONE
from reconciler.demo.ending import StoryOutput
from reconciler.demo.kept import served
from reconciler.demo.story import Story
from reconciler.errors import UsageError


def demo(options: Options, keep: Path | None, registry: Path | None) -> int:
    """Run the story, or serve the registry of a kept one."""
    if keep is not None and registry is not None:
        raise UsageError("--keep runs the demo, and --registry serves what it left. Leave one of them out.")
    if registry is not None:
        return _serve(registry)
    if keep is not None and (keep.exists() or keep.is_symlink()):
        raise UsageError(f"--keep {keep} exists already. Name a folder that does not exist.")
    output = StoryOutput(
        heading=lambda text: click.echo(f"\n{click.style(text, bold=True)}\n"),
        comment=lambda text: click.echo(click.style(f"# {text}", fg="cyan")),
        command=lambda text: click.echo(f"{click.style('$', fg='green')} {text}"),
        text=click.echo,
    )
    Story(output, options.environ).run(keep=keep)
    return DONE


def _serve(folder: Path) -> int:
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before there is another thread that would get them
    with served(folder) as address:
        click.echo(f"Serving the demo's registry at {address}. Ctrl-C ends it.")
        signal.sigwait(ends)
    return DONE
