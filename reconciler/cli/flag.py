"""Flags: options that are true when they are given, and take a value as in `oc`: `--scheduled=false`.

The flags of click refuse a value, and its options with an optional value take the next argument for the value, which
`oc` never does. Every flag of every command is a `Flag`, and every command is in a `Flags` group.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import click
from click.core import ParameterSource

from reconciler.errors import UsageError

_Command = TypeVar("_Command", bound=Callable[..., Any])
_DENIED: Final = "reconciler.cli.flag"
"""The key in a context of the flags that were given as false."""
_VALUES: Final = dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True) | dict.fromkeys(
    ("0", "f", "F", "FALSE", "false", "False"), False
)
"""The values of Go's `strconv.ParseBool`, and so of `oc`."""


class Flag(click.Option):
    """A flag that may be given as false."""

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, ParameterSource]:
        """The value. A false on the command line wins over the environment."""
        if self.name in ctx.meta.get(_DENIED, ()):
            return False, ParameterSource.COMMANDLINE
        return super().consume_value(ctx, opts)


class Flags(click.Group):
    """A group whose commands take flags with a value, as `oc` does."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command and its arguments; flags with a value are resolved."""
        name, command, rest = super().resolve_command(ctx, args)
        flags = {opt: each for each in command.params if isinstance(each, Flag) for opt in each.opts} if command else {}
        return name, command, _bare(ctx, flags, rest)


def flag_option(*names: str, default: bool | None = False, **more: Any) -> Callable[[_Command], _Command]:  # noqa: ANN401 - as click has it
    """An option that is true when it is given. With None as default, false differs from not given."""
    return click.option(*names, cls=Flag, is_flag=True, default=default, **more)


def _bare(ctx: click.Context, flags: Mapping[str, Flag], arguments: list[str]) -> list[str]:
    """The arguments with `--flag` for true. A false flag is left out and kept in the context. The last value counts."""
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
