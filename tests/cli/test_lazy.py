"""Commands are imported when they are called, and declare what their handlers take."""

from __future__ import annotations

import inspect

import click
import pytest

from reconciler.cli.command_table import SECTIONS
from reconciler.cli.lazy import HandledCommand, load, module_name
from reconciler.cli.main import cli
from reconciler.cli.options import IMPORT_MODES
from reconciler.edit.tag import SHORT_TYPES, SourceType
from reconciler.model.stream import ImportMode


@pytest.mark.parametrize("name", [name for section in SECTIONS.values() for name in section])
def test_the_sentence_of_the_table_is_the_first_paragraph_of_the_commands_own_help(name: str) -> None:
    (sentence,) = (section[name] for section in SECTIONS.values() if name in section)
    assert " ".join((cli.commands[name].help or "").partition("\n\n")[0].split()) == sentence


@pytest.mark.parametrize("name", [name for name in cli.commands if isinstance(cli.commands[name], HandledCommand)])
def test_a_handler_takes_the_options_of_the_program_and_every_parameter_of_its_command(name: str) -> None:
    module = module_name(name)
    handler = load(f"reconciler.cli.handler.{module}", module)
    first, *taken = inspect.signature(handler).parameters
    assert first == "options"
    assert sorted(taken) == sorted(p.name or "" for p in cli.commands[name].params if p.expose_value)


@pytest.mark.parametrize("name", ["status", "test"])
def test_a_handler_of_a_command_in_a_group_takes_every_parameter(name: str) -> None:
    group = cli.commands["sinks"]
    assert isinstance(group, click.Group)
    handler = load(f"reconciler.cli.handler.sinks_{name}", f"sinks_{name}")
    first, *taken = inspect.signature(handler).parameters
    assert first == "options"
    assert sorted(taken) == sorted(p.name or "" for p in group.commands[name].params if p.expose_value)


def _choices(name: str, option: str) -> tuple[str, ...]:
    (found,) = (param for param in cli.commands[name].params if param.name == option)
    assert isinstance(found.type, click.Choice)
    return tuple(map(str, found.type.choices))


def test_choices_that_are_written_out_are_those_of_the_values() -> None:
    assert set(IMPORT_MODES) == set(map(str, ImportMode))
    assert set(_choices("tag", "kind")) == {*map(str, SourceType), *SHORT_TYPES}
