"""The group of all commands: its help in sections, and what was probably meant by a word that is none of ours."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click

from reconciler.cli.flag import Flags
from reconciler.cli.naming import everything_named
from reconciler.errors import UnknownNameError
from reconciler.model.likeness import nearest


class Commands(Flags):
    """A group that shows its commands in sections, each with one whole sentence."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 - as click has it
        super().__init__(*arguments, **settings)
        self.sections: dict[str, Sequence[str]] = {}

    def add_section(self, title: str, commands: Sequence[click.Command]) -> None:
        """Add commands, in the order that help shows them in."""
        self.sections[title] = [command.name or "" for command in commands]
        for command in commands:
            self.add_command(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as click has it
        """Every command with the first sentence of its help; long ones go on in the next line, none is cut."""
        width = max(map(len, self.commands))
        for title, names in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), _sentence(self.commands[name])) for name in names])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command; for a word that is none, click's `UsageError` with those it looks like."""
        if args and args[0] not in self.commands and not args[0].startswith("-") and not ctx.resilient_parsing:
            meant = get_close_matches(args[0], self.commands)
            hint = f" Did you mean {' or '.join(meant)}?" if meant else ""
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Run the command. A name that nothing has is said with those it looks like, whatever the command."""
        try:
            return super().invoke(ctx)
        except UnknownNameError as error:
            meant = nearest(error.name, everything_named(ctx))
            raise UnknownNameError(error.name, error.why, error.advice, meant) from error


def _sentence(command: click.Command) -> str:
    return (command.help or "").partition("\n\n")[0].replace("\n", " ").strip()
