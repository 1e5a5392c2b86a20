"""The flags of every command, with and without a value, as in `oc`."""

from __future__ import annotations

from collections.abc import Sequence

import click
import pytest

from reconciler.cli.flag import Flag, Flags, flag_option
from reconciler.cli.main import cli
from reconciler.errors import UsageError


@click.group(cls=Flags)
def program() -> None:
    """A group like that of the program."""


@program.command()
@click.argument("names", nargs=-1)
@flag_option("--alias")
@flag_option("-s", "--scheduled", default=None)
@click.option("--source")
def point(names: tuple[str, ...], source: str | None, *, alias: bool, scheduled: bool | None) -> str:
    """Print the parsed values."""
    return f"{alias} {scheduled} {source} {' '.join(names)}".strip()


def parsed(*arguments: str) -> str:
    answer = program.main(args=["point", *arguments], prog_name="program", standalone_mode=False)
    return str(answer)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "False None None"),
        (("--alias", "a", "b"), "True None None a b"),
        (("--alias=true", "a"), "True None None a"),
        (("a", "--alias=1", "--scheduled=T"), "True True None a"),
        (("--alias=false", "--scheduled=false", "a"), "False False None a"),
        (("--scheduled=F", "a", "false"), "False False None a false"),
        (("-s=0", "a"), "False False None a"),
        (("--scheduled", "--scheduled=false"), "False False None"),
        (("--scheduled=false", "--scheduled"), "False True None"),
        (("--source=false", "--", "--alias=false"), "False None false --alias=false"),
    ],
)
def test_a_flag_takes_a_value_behind_an_equals_sign_and_never_the_next_argument(
    arguments: Sequence[str], expected: str
) -> None:
    assert parsed(*arguments) == expected


def test_a_false_flag_on_the_command_line_wins_over_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROGRAM_POINT_SCHEDULED", "true")
    context = {"auto_envvar_prefix": "PROGRAM"}
    answer = program.main(args=["point", "--scheduled=false"], prog_name="program", standalone_mode=False, **context)
    assert answer == "False False None"


def test_another_value_is_wrong_usage() -> None:
    with pytest.raises(UsageError) as caught:
        parsed("--alias=yes")
    assert str(caught.value) == "--alias=yes is neither true nor false. Write --alias, --alias=true or --alias=false."


def test_every_flag_of_every_command_is_understood_so() -> None:
    assert isinstance(cli, Flags)
    flags = [
        (name, each)
        for name, command in cli.commands.items()
        for each in command.params
        if isinstance(each, click.Option) and each.is_flag
    ]
    assert len(flags) > 20
    assert [(name, each.name) for name, each in flags if not isinstance(each, Flag)] == []
