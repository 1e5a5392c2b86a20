"""The group of all commands: its help in sections, and suggestions for misspelt words."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import click
from click.shell_completion import CompletionItem

from reconciler.cli.flag import Flags
from reconciler.cli.lazy import LazyCommands
from reconciler.cli.naming import everything_named
from reconciler.errors import UnknownNameError
from reconciler.model.likeness import nearest


class Commands(Flags):
    """A group that knows the names and first sentences of its commands, and imports the one that is called."""

    def __init__(self, name: str, *, sections: Mapping[str, Mapping[str, str]], **settings: Any) -> None:  # noqa: ANN401 - as click has it
        self.sections = sections
        self.sentences = {command: text for section in sections.values() for command, text in section.items()}
        super().__init__(name, LazyCommands(self.sentences), **settings)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as click has it
        """Write every command with its sentence; long sentences are wrapped, not cut."""
        width = max(map(len, self.sentences))
        for title, section in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in section.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin with the text, with a short help, and the options of the group."""
        commands = [
            CompletionItem(name, help=click.Command(name, help=text).get_short_help_str())
            for name, text in sorted(self.sentences.items())
            if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command. Raises `click.UsageError` for another word, with the commands that look like it."""
        if args and args[0] not in self.commands and not args[0].startswith("-") and not ctx.resilient_parsing:
            meant = get_close_matches(args[0], self.commands)
            hint = f" Did you mean {' or '.join(meant)}?" if meant else ""
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Run the command. The error of an unknown name gets the names that look like it, for every command."""
        try:
            return super().invoke(ctx)
        except UnknownNameError as error:
            meant = nearest(error.name, everything_named(ctx))
            raise UnknownNameError(error.name, error.why, error.advice, meant) from error
