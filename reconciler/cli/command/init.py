"""`imagestream init`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.lazy import HandledCommand


@click.command(cls=HandledCommand)
def init() -> None:
    """Write reconciler.yaml, and files for Argo CD, Flux, reviewers and editors; nothing is overwritten.

    \b
    Example:
      git init -b main my-images && imagestream -C my-images init
    """
