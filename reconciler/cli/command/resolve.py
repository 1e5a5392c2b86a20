"""`imagestream resolve`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.flag import flag_option
from reconciler.cli.lazy import HandledCommand
from reconciler.cli.name_kind import Kind
from reconciler.cli.naming import name_argument
from reconciler.cli.options import at_option, output_option


@click.command(cls=HandledCommand)
@name_argument("name", Kind.ISTAG, Kind.ISIMAGE, metavar="ISTAG|ISIMAGE")
@click.argument("prefix", required=False, metavar="[PREFIX]")
@flag_option("--env", "env", help="Print variables for a script, one a line: IMAGE=PULLSPEC and others.")
@at_option
@output_option
def resolve() -> None:
    """Print the pull spec, by digest, that an istag or isimage means.

    With --env it prints IMAGE, IMAGE_NAME, IMAGE_TAG, IMAGE_DIGEST, IMAGESTREAM_TAG, and the first four of the event
    before as PREVIOUS_IMAGE and so on; with PREFIX each name begins with it. All of them are always there, empty where
    unknown. No value holds a character that a shell obeys.

    \b
    Example:
      podman pull "$(imagestream resolve team-a/app:prod)"
      eval "$(imagestream resolve team-a/base:stable --env BASE)"
      imagestream resolve team-a/app:prod --env >> "$GITHUB_ENV"
    """
