"""`imagestream find`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.lazy import HandledCommand
from reconciler.cli.options import output_option


@click.command(cls=HandledCommand)
@click.argument("digest")
@output_option
def find() -> None:
    """Show every istag that ever meant an image, and when; removed tags too.

    DIGEST may be the first digits only, as `history` prints them, or a pull spec by digest, as a pod shows it:
    NAME@sha256:DIGITS, docker-pullable://NAME@sha256:DIGITS.

    \b
    Example:
      imagestream find sha256:9f2c1ab04d77
      imagestream find quay.io/acme/app@sha256:9f2c1ab04d77
    """
