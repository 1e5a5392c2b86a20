"""Help: whole on a narrow terminal, and every command in one of its groups."""

from __future__ import annotations

import click
import pytest

from reconciler.cli.main import cli, run


@pytest.mark.parametrize("name", ["", *sorted(cli.commands)])
def test_every_help_fits_a_narrow_terminal_and_cuts_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*name.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert not [line for line in shown.splitlines()[1:] if line.endswith("...")]


def test_every_command_is_in_one_group_and_its_sentence_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert sorted(name for names in cli.sections.values() for name in names) == sorted(cli.commands)
    for command in cli.commands.values():
        assert " ".join((command.help or "").partition("\n\n")[0].split()) in shown


def test_every_option_can_be_explained() -> None:
    params = (param for each in cli.commands.values() for param in each.params)
    assert [param.name for param in params if isinstance(param, click.Option) and not param.help] == []
