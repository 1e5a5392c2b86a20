"""`imagestream promote`: its arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.lazy import HandledCommand
from reconciler.cli.naming import name_argument
from reconciler.cli.options import push_option


@click.command(cls=HandledCommand)
@name_argument("source", metavar="SOURCE")
@name_argument("destination", metavar="DEST")
@push_option
def promote() -> None:
    """Pin DEST to the current image of SOURCE, on a branch for a pull request.

    The branch is imagestream/promote/NAMESPACE/STREAM/TAG; dots that git does not allow in a branch are written =2E
    there (v1=2Elock). Where the last promotion is not merged yet, its branch gets one more commit.

    \b
    Example:
      imagestream promote team-a/app:test team-a/app:prod --push
    """
