"""Shell completion: the script for a shell, and istags completed from the repository's histories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from reconciler.app import App, Options
from reconciler.errors import ReconcilerError
from reconciler.model.name import istag_of_path


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the completion script of a shell.

    \b
    Example:
      imagestream completion bash > ~/.local/share/bash-completion/completions/imagestream
    """
    root = context.find_root()
    script = get_completion_class(shell)
    if script is None:
        raise click.UsageError(f"{shell} has no completion.")
    click.echo(script(root.command, {}, "imagestream", "_IMAGESTREAM_COMPLETE").source())
    return 0


def istag_argument(name: str, *, metavar: str = "ISTAG", nargs: int = 1) -> Callable[..., Any]:
    """An argument that names an istag, completed from the histories of the checked-out commit."""
    shown = f"[{metavar}]..." if nargs < 0 else metavar
    return click.argument(name, metavar=shown, nargs=nargs, shell_complete=_istags)


def _istags(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    options = context.obj if isinstance(context.obj, Options) else Options()
    try:
        with App(options) as app:
            entries = app.repository.snapshot(app.head()).entries
    except ReconcilerError:
        return []
    names = sorted({str(name) for name in map(istag_of_path, entries) if name is not None})
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
