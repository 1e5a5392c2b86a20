"""`imagestream`: the group of all commands, and what becomes of an error."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from reconciler import __version__
from reconciler.app import Options
from reconciler.cli.adopt import adopt
from reconciler.cli.completion import completion
from reconciler.cli.demo import demo
from reconciler.cli.describe import describe
from reconciler.cli.exit_code import DONE, FAILED, INTERRUPTED, UNAVAILABLE, USAGE
from reconciler.cli.find import find
from reconciler.cli.flag import Flags
from reconciler.cli.freeze import freeze, unfreeze
from reconciler.cli.history import history
from reconciler.cli.import_ import import_
from reconciler.cli.init import init
from reconciler.cli.plan import plan
from reconciler.cli.promote import promote
from reconciler.cli.resolve import resolve
from reconciler.cli.rollback import rollback
from reconciler.cli.run import run as run_command
from reconciler.cli.status import status
from reconciler.cli.stream import shown_streams
from reconciler.cli.sync import sync
from reconciler.cli.tag import tag
from reconciler.cli.unhold import unhold
from reconciler.cli.validate import validate
from reconciler.cli.verify import verify
from reconciler.errors import ReconcilerError, UnavailableError, UsageError
from reconciler.telemetry.report import write_report
from reconciler.transport.redaction import redact

_CODES: Final = {UsageError: USAGE, UnavailableError: UNAVAILABLE}


@click.group(
    cls=Flags,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "IMAGESTREAM",
        "max_content_width": 100,
    },
)
@click.version_option(__version__, prog_name="imagestream")
@click.option(
    "-C",
    "directory",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="REPO",
    help="The repository to work in; else the current folder.",
)
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    envvar="IMAGESTREAM_CONFIG",
    help="The installation: registries, credentials, identity. Never read from the branch.",
)
@click.pass_context
def cli(context: click.Context, directory: Path, config_file: Path | None) -> None:
    """Image streams with git as the store.

    Declare ImageStreams as YAML, let every move of a tag be a commit, and roll back with git revert.

    \b
    Start here:
      imagestream demo        the whole story, on this machine, in under a minute
      imagestream init        make this git repository one of image streams
    """
    if not directory.is_dir():
        raise UsageError(f"-C {directory} is no folder. Name the repository to work in.")
    if os.environ.get("NO_COLOR"):  # https://no-color.org
        context.color = False
    context.obj = Options(directory=directory, config_file=config_file, attended=sys.stdin.isatty())


_COMMANDS = (
    adopt,
    completion,
    demo,
    describe,
    find,
    freeze,
    history,
    import_,
    init,
    plan,
    promote,
    resolve,
    rollback,
    run_command,
    status,
    sync,
    tag,
    unfreeze,
    unhold,
    validate,
    verify,
)
for command in _COMMANDS:
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code. An error is one line on stderr, a bug one line and a report file."""
    with shown_streams():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        code = cli.main(args=list(arguments), prog_name="imagestream", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return USAGE
    except BrokenPipeError:
        # The reader of our output went away; what it asked for is done. Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - a traceback never reaches a user
        return _failed(error, arguments)
    return code if isinstance(code, int) else DONE


def _failed(error: BaseException, arguments: Sequence[str]) -> int:
    """Say what happened on one line; the exit code that belongs to it."""
    message, code = explained(error, arguments)
    line = " ".join(redact(message).split())
    click.echo(f"{click.style('error:', fg='red', bold=True)} {line}", err=True)
    return code


def explained(error: BaseException, arguments: Sequence[str]) -> tuple[str, int]:
    """The line and the exit code of an error; a bug gets a report file."""
    if isinstance(error, click.ClickException):
        return _usage(error), USAGE
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        return "interrupted", INTERRUPTED
    if isinstance(error, ReconcilerError):
        code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), FAILED)
        return str(error), code
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "no space is left on the device. Nothing more was done.", FAILED
    return write_report(error, arguments), FAILED


def _usage(error: click.ClickException) -> str:
    """Click's message on one line, with the help that would answer it."""
    text = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    return f"{text} See `{context.command_path} --help`." if context is not None else text
