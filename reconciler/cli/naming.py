"""Names on the command line: streams, istags and isimages, the namespace that they may leave out, and their completion.

Every argument that names one is a `name_argument`: it brings `-n`, refuses what is no name before anything is read
(exit code 2), and is completed from the checked-out commit. What comes out has its namespace written wherever `-n` was
given; else the repository's default counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from reconciler.app import App, Options
from reconciler.errors import ReconcilerError, UsageError
from reconciler.model.name import NAMESPACE_RE, IsimageName, IstagName, StreamName
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.snapshot import Snapshot

_NAMESPACE: Final = "reconciler.cli.namespace"
"""Where a context keeps what `-n` said."""


class Kind(Enum):
    """What an argument may name."""

    STREAM = "STREAM"
    ISTAG = "STREAM:TAG"
    ISIMAGE = "STREAM@DIGEST"
    NAMESPACE = "NAMESPACE/"


def name_argument(
    name: str, *kinds: Kind, metavar: str = "ISTAG", nargs: int = 1
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An argument that names a stream, an istag or an isimage (an istag where nothing is said), and its `-n`."""
    shown = f"[{metavar}]..." if nargs < 0 else metavar
    argument = click.argument(name, metavar=shown, nargs=nargs, type=NameType(kinds or (Kind.ISTAG,)))

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        known = getattr(command, "__click_params__", [])
        has_option = any(parameter.name == "namespace" for parameter in known)
        return argument(command if has_option else namespace_option(command))

    return decorate


def namespace_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`-n`: the namespace of names that leave theirs out. It is read before the names are."""
    option = click.option(
        "-n",
        "--namespace",
        metavar="NAMESPACE",
        is_eager=True,
        expose_value=False,
        callback=_remember,
        shell_complete=_complete_namespace,
        help="Of names that leave theirs out; else the repository's default.",
    )
    return option(command)


def chosen_namespace(context: click.Context) -> str | None:
    """What `-n` said, if anything."""
    said: str | None = context.meta.get(_NAMESPACE)
    return said


def check_namespace(text: str | None) -> str | None:
    """The namespace that an option names. Raises `UsageError` where it cannot be one."""
    if text is not None and not NAMESPACE_RE.fullmatch(text):
        raise UsageError(f"--namespace {text} is no namespace. Use up to 63 of a-z 0-9 -, not at either end.")
    return text


def qualified(text: str, namespace: str | None) -> str:
    """The name with the namespace of `-n`, if there is one and the name says none itself."""
    return text if namespace is None or "/" in text else f"{namespace}/{text}"


class NameType(click.ParamType):  # type: ignore[type-arg]  # older clicks take none
    """The type of an argument that names something."""

    name = "name"

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.kinds = tuple(kinds)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401, ARG002 - as click has it
        """The name as use cases take it. Raises `UsageError` for what is none."""
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
        """The names of the checked-out commit that begin so; in the namespace of `-n` they are written without it."""
        state = _read(ctx)
        if state is None:
            return []
        spaces = (chosen_namespace(ctx), state.config.default_namespace)
        names = {each for name in self._names(state) for each in _ways(name, spaces) if each.startswith(incomplete)}
        return [CompletionItem(name) for name in sorted(names)]

    def _names(self, state: Snapshot) -> Iterable[str]:
        istags, streams = known_names(state)
        yield from istags if Kind.ISTAG in self.kinds else ()
        yield from streams if Kind.STREAM in self.kinds else ()


def known_names(state: Snapshot) -> tuple[list[str], list[str]]:
    """The istags that are declared or recorded, and their streams, each with its namespace."""
    declared = {stream.name.tag(tag) for stream in state.declarations.streams.values() for tag in stream.tags}
    istags = declared | state.declarations.broken | set(state.histories) | set(state.unreadable)
    streams = {istag.stream_name for istag in istags} | set(state.declarations.streams)
    return sorted(map(str, istags)), sorted(map(str, streams))


def everything_named(context: click.Context) -> list[str]:
    """Every istag and stream of the checked-out commit; none where it cannot be read."""
    state = _read(context)
    return [name for names in known_names(state) for name in names] if state else []


def _ways(name: str, spaces: Iterable[str | None]) -> Iterable[str]:
    """How a name can be written: whole, and without the namespace that is taken where none is written."""
    yield name
    space, _, rest = name.partition("/")
    chosen = next((each for each in spaces if each is not None), None)
    if space == chosen:
        yield rest


def _remember(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if not ctx.resilient_parsing:
        check_namespace(value)
    ctx.meta[_NAMESPACE] = value


def _complete_namespace(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    state = _read(ctx)
    spaces = {name.partition("/")[0] for name in known_names(state)[1]} if state else set()
    return [CompletionItem(space) for space in sorted(spaces) if space.startswith(incomplete)]


def _read(ctx: click.Context) -> Snapshot | None:
    """What the checked-out commit says; None where there is nothing to be read."""
    # A completion runs no command, not even the group that would make the options.
    directory = ctx.find_root().params.get("directory")
    options = ctx.obj if isinstance(ctx.obj, Options) else Options(directory=directory or Path())
    try:
        with App(options) as app:
            return read_snapshot(app.repository, app.head())
    except ReconcilerError:
        return None
