"""`imagestream completion`: prints the completion script of a shell."""

from __future__ import annotations

import click

from reconciler.cli.exit_code import DONE
from reconciler.cli.shell_completion import script


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the completion script of a shell.

    \b
    Example:
      imagestream completion bash \\
        > ~/.local/share/bash-completion/completions/imagestream
      imagestream completion zsh > "${fpath[1]}/_imagestream"
      imagestream completion fish > ~/.config/fish/completions/imagestream.fish
    """
    click.echo(script(shell, context.find_root().command), nl=False)
    return DONE
