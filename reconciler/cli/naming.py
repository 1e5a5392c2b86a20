"""Names on the command line: streams, istags and isimages, with `-n` for the namespace, and their completion.

Every argument that takes a name is a `name_argument`: it adds `-n`, refuses a malformed name before anything is read
(exit code 2), and is completed from the checked-out commit. With `-n` the resulting name has its namespace; without it
the default namespace of the repository counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from reconciler.app.options import Options
from reconciler.cli.lazy import load
from reconciler.cli.name_kind import Kind
from reconciler.errors import UsageError
from reconciler.model.name import NAMESPACE_RE, IsimageName, IstagName, StreamName

_NAMESPACE: Final = "reconciler.cli.namespace"
"""The key in a context of the value of `-n`."""


def name_argument(
    name: str, *kinds: Kind, metavar: str = "ISTAG", nargs: int = 1
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An argument that takes names of these kinds, by default an istag, and its `-n`."""
    shown = f"[{metavar}]..." if nargs < 0 else metavar
    argument = click.argument(name, metavar=shown, nargs=nargs, type=NameType(kinds or (Kind.ISTAG,)))

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        known = getattr(command, "__click_params__", [])
        has_option = any(parameter.name == "namespace" for parameter in known)
        return argument(command if has_option else namespace_option(command))

    return decorate


def namespace_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`-n`: the namespace of names without one. It is read before the names."""
    option = click.option(
        "-n",
        "--namespace",
        metavar="NAMESPACE",
        is_eager=True,
        expose_value=False,
        callback=_remember,
        shell_complete=_complete_namespace,
        help="The namespace of names without one; else the repository's default.",
    )
    return option(command)


def chosen_namespace(context: click.Context) -> str | None:
    """The value of `-n`; None where it was not given."""
    chosen: str | None = context.meta.get(_NAMESPACE)
    return chosen


def check_namespace(text: str | None) -> str | None:
    """The namespace of an option. Raises `UsageError` for a malformed one."""
    if text is not None and not NAMESPACE_RE.fullmatch(text):
        raise UsageError(f"--namespace {text} is not a namespace. Use up to 63 of a-z 0-9 -, not at either end.")
    return text


def qualified(text: str, namespace: str | None) -> str:
    """The name with the namespace of `-n`, unless it has one itself."""
    return text if namespace is None or "/" in text else f"{namespace}/{text}"


class NameType(click.ParamType):  # type: ignore[type-arg]  # older clicks take none
    """The type of an argument that takes a name."""

    name = "name"

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.kinds = tuple(kinds)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401, ARG002 - as click has it
        """The name as use cases take it. Raises `UsageError` for a malformed name."""
        text = qualified(str(value), chosen_namespace(ctx) if ctx else None)
        self._check(text)
        return text

    def _check(self, text: str) -> None:
        if Kind.NAMESPACE in self.kinds and text.endswith("/"):
            StreamName.parse(f"{text}x", "")
        elif Kind.ISIMAGE in self.kinds and "@" in text:
            IsimageName.parse(text, "default")
        elif Kind.STREAM in self.kinds and ":" not in text:
            StreamName.parse(text, "default")
        else:
            IstagName.parse(text, "default")

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - as click has it
        """The names of the checked-out commit that begin with the text, also without the namespace of `-n`."""
        names = _known_names(ctx)
        return [] if names is None else _items(names.begun(incomplete, self.kinds, chosen_namespace(ctx)))


def everything_named(context: click.Context) -> list[str]:
    """Every istag and stream of the checked-out commit; none where it cannot be read."""
    names = _known_names(context)
    return [] if names is None else [*names.istags, *names.streams]


def _remember(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if not ctx.resilient_parsing:
        check_namespace(value)
    ctx.meta[_NAMESPACE] = value


def _complete_namespace(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    names = _known_names(ctx)
    return [] if names is None else _items(space for space in names.namespaces if space.startswith(incomplete))


def _items(values: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(value) for value in values]


def _known_names(ctx: click.Context) -> Any:  # noqa: ANN401 - imported only here, where names are needed
    """The `KnownNames` of the checked-out commit; None where it cannot be read."""
    # A completion runs no command, also not the group, which makes the options.
    directory = ctx.find_root().params.get("directory")
    options = ctx.obj if isinstance(ctx.obj, Options) else Options(directory=directory or Path())
    return load("reconciler.cli.known_names", "read_known_names")(options)
