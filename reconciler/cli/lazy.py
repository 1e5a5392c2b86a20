"""Lazy loading: the one place that imports a module by its name, when what it holds is needed.

A command is two modules. `cli.command.NAME` declares what a person may type, and imports nothing slow: help and a
shell's completion need it. `cli.handler.NAME` does the work, and is imported when the command is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from importlib import import_module
from typing import Any

import click


def load(module: str, name: str) -> Any:  # noqa: ANN401 - whatever the module holds
    """The value that `module` has under `name`; the module is imported now."""
    return getattr(import_module(module), name)


class HandledCommand(click.Command):
    """A command whose work is a function of the same name in `reconciler.cli.handler`.

    The function takes the `Options` of the program, and each parameter of the command by its name. The function that
    declares the command gives its name, help and parameters, and is not called. For a command of a group, such as
    `sinks test`, it is `sinks_test`.
    """

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Import the handler and call it."""
        name = module_name(_path(ctx) or self.name or "")
        return ctx.invoke(load(f"reconciler.cli.handler.{name}", name), ctx.obj, **ctx.params)


class LazyCommands(MutableMapping[str, click.Command]):
    """Commands by their names; a command's module is imported when the command is looked up."""

    def __init__(self, names: Iterable[str]) -> None:
        self._loaded: dict[str, click.Command | None] = dict.fromkeys(names)

    def __getitem__(self, name: str) -> click.Command:
        command = self._loaded[name]
        if command is None:
            module = module_name(name)
            command = self._loaded[name] = load(f"reconciler.cli.command.{module}", module)
        return command

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._loaded

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)


def module_name(command: str) -> str:
    """The name of the modules and functions of a command: `import` is a keyword of Python, so it is `import_`.

    `set-triggers` is `set_triggers`, and `sinks test` is `sinks_test`.
    """
    return f"{command}_" if command in _KEYWORDS else command.replace("-", "_").replace(" ", "_")


def _path(ctx: click.Context) -> str:
    """The words of a command below the program: `sinks test`."""
    words: list[str] = []
    while ctx.parent is not None:
        words.insert(0, ctx.command.name or "")
        ctx = ctx.parent
    return " ".join(words)


_KEYWORDS = frozenset({"import"})
