"""Flags: options that are true where they are given, and take a value as `oc` writes it: `--scheduled=false`.

Click's own flags refuse a value, and its options with an optional value would take the next argument for it, which
`oc` never does. Every flag of every command is a `Flag`, and every command is reached through `Flags`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import click
from click.core import ParameterSource

from reconciler.errors import UsageError

_Command = TypeVar("_Command", bound=Callable[..., Any])
_DENIED: Final = "reconciler.cli.flag"
"""Where a context keeps the flags that were given as false."""
_VALUES: Final = dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True) | dict.fromkeys(
    ("0", "f", "F", "FALSE", "false", "False"), False
)
"""What Go's `strconv.ParseBool` takes, and so `oc`."""


class Flag(click.Option):
    """A flag that may be given as false."""

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, ParameterSource]:
        """The value; where the command line says false, nothing else counts."""
        if self.name in ctx.meta.get(_DENIED, ()):
            return False, ParameterSource.COMMANDLINE
        return super().consume_value(ctx, opts)


class Flags(click.Group):
    """A group whose commands understand their flags as `oc` writes them."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command and its arguments, none of which is a flag with a value any more."""
        name, command, rest = super().resolve_command(ctx, args)
        flags = {opt: each for each in command.params if isinstance(each, Flag) for opt in each.opts} if command else {}
        return name, command, _bare(ctx, flags, rest)


def flag_option(*names: str, default: bool | None = False, **more: Any) -> Callable[[_Command], _Command]:  # noqa: ANN401 - as click has it
    """An option that is true where it is given; with None as default it tells false from not given."""
    return click.option(*names, cls=Flag, is_flag=True, default=default, **more)


def _bare(ctx: click.Context, flags: Mapping[str, Flag], arguments: list[str]) -> list[str]:
    """The arguments with `--flag` for what is true; what is false is left out and remembered. The last one counts."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    denied: set[str | None] = ctx.meta.setdefault(_DENIED, set())
    kept: list[str] = []
    for argument in arguments[:end]:
        name, equals, value = argument.partition("=")
        flag = flags.get(name)
        if flag is not None:
            is_true = _value(name, value) if equals else True
            (denied.discard if is_true else denied.add)(flag.name)
            kept += [name] if is_true else []
        else:
            kept.append(argument)
    return kept + arguments[end:]


def _value(name: str, text: str) -> bool:
    if text not in _VALUES:
        raise UsageError(f"{name}={text} is neither true nor false. Write {name}, {name}=true or {name}=false.")
    return _VALUES[text]
