"""`imagestream sinks`: its commands, with their arguments and options."""

from __future__ import annotations

import click

from reconciler.cli.flag import Flags
from reconciler.cli.lazy import HandledCommand
from reconciler.cli.options import output_option
from reconciler.cli.sink_name import SinkType

_branch_option = click.option(
    "--branch", metavar="BRANCH", help="The branch whose sinks are meant; else the one checked out."
)


@click.group(cls=Flags)
def sinks() -> None:
    """Send a test to a sink, and show how far each sink was told.

    \b
    Example:
      imagestream sinks status
      imagestream sinks test ci
    """


@sinks.command("status", cls=HandledCommand)
@_branch_option
@output_option
def sinks_status() -> None:
    """Show how far each sink was told.

    It is the commit of the last change that the sink was told of, and the number of changes that are left.

    \b
    Example:
      imagestream sinks status -o json
    """


@sinks.command("test", cls=HandledCommand)
@click.argument("name", type=SinkType(), metavar="NAME")
@_branch_option
def sinks_test() -> None:
    """Send one test notification to a sink.

    Its answer is shown, and nothing is recorded.

    \b
    Example:
      imagestream --config installation.yaml sinks test ci
    """
