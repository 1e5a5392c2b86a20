"""The entry point of `imagestream`: runs a command, and turns an error into one line and an exit code."""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

import click

from reconciler import __version__
from reconciler.app.options import Options
from reconciler.cli.command_table import SECTIONS
from reconciler.cli.exit_code import DONE, FAILED, INTERRUPTED, UNAVAILABLE, USAGE
from reconciler.cli.group import Commands
from reconciler.cli.lazy import load
from reconciler.cli.shell_completion import COMPLETE, completed
from reconciler.cli.standard_stream import open_closed_streams, shown_streams
from reconciler.errors import ReconcilerError, UnavailableError, UsageError
from reconciler.model.redaction import redact

_CODES: Final = {UsageError: USAGE, UnavailableError: UNAVAILABLE}


@click.group(
    cls=Commands,
    sections=SECTIONS,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "IMAGESTREAM",
        "max_content_width": 80,
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
        raise UsageError(f"-C {directory} is not a folder. Name the repository to work in.")
    context.obj = Options(directory=directory, config_file=config_file, attended=sys.stdin.isatty())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    open_closed_streams()
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; the exit code. An error is one line on stderr, a bug one line and a report file."""
    with shown_streams():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        return _called(arguments)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return USAGE
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - a traceback never reaches a user
        return DONE if _is_closed_pipe(error) else _failed(error, arguments)


def _called(arguments: Sequence[str]) -> int:
    """Run the command. The `main` of click would make a closed pipe a failure."""
    instruction = os.environ.get(COMPLETE)
    if instruction:
        return _completed(instruction)
    try:
        with cli.make_context("imagestream", list(arguments), color=_colour()) as context:
            code = cli.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    return code if isinstance(code, int) else DONE


def _completed(instruction: str) -> int:
    """Answer a shell's function; `instruction` is `SHELL_complete`."""
    answer = completed(instruction, cli)
    if answer is None:
        return USAGE
    click.echo(answer)
    return DONE


def _colour() -> bool | None:
    """False where colours are switched off (https://no-color.org) or the terminal has none; else click decides."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def _is_closed_pipe(error: BaseException) -> bool:
    """Whether the reader of our output closed its pipe: then the command is done, and the rest is discarded.

    A broken pipe to another process is a failure.
    """
    return isinstance(error, BrokenPipeError) and _discard_unread()


def _discard_unread() -> bool:
    """Discard the output of streams without a reader; whether there is such a stream."""
    gone = [stream for stream in (sys.stdout, sys.stderr) if _has_no_reader(stream)]
    for stream in gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return bool(gone)


def _has_no_reader(stream: TextIO) -> bool:
    poll = select.poll()
    poll.register(stream.fileno(), 0)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))


def _failed(error: BaseException, arguments: Sequence[str]) -> int:
    """Print the error on one line; its exit code."""
    message, code = explained(error, arguments)
    line = " ".join(redact(message).split())
    try:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {line}", err=True, color=_colour())
    except BrokenPipeError:
        _discard_unread()
    return code


def explained(error: BaseException, arguments: Sequence[str]) -> tuple[str, int]:
    """The line and the exit code of an error. A bug gets a report file."""
    if isinstance(error, click.ClickException):
        return _usage(error), USAGE
    if isinstance(error, (click.Abort, KeyboardInterrupt, EOFError)):
        return "interrupted", INTERRUPTED
    if isinstance(error, ReconcilerError):
        code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), FAILED)
        return str(error), code
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "no space is left on the device. Nothing more was done.", FAILED
    return load("reconciler.telemetry.report", "write_report")(error, arguments), FAILED


def _usage(error: click.ClickException) -> str:
    """The message of click on one line, with a pointer to the help."""
    text = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    return f"{text} See `{context.command_path} --help`." if context is not None else text
