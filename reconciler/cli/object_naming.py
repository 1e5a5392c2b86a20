"""Objects on the command line: `KIND/NAME`, with `-f` for their file, and the completion of names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from reconciler.app.options import Options
from reconciler.cli.lazy import load
from reconciler.cli.naming import chosen_namespace
from reconciler.model.object_name import ObjectName


class ObjectType(click.ParamType):  # type: ignore[type-arg]  # older clicks take none
    """The type of an argument that names objects; a name without a kind is one of `kind`, if that is given."""

    name = "object"

    def __init__(self, kind: str = "") -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ObjectName:  # noqa: ANN401, ARG002 - as click has it
        """The name. Raises `UsageError` for a malformed one."""
        if isinstance(value, ObjectName):
            return value
        return ObjectName.parse(f"{self.kind}/{value}" if self.kind and "/" not in value else str(value))

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - as click has it
        """The objects of the checked-out commit that begin with the text."""
        directory = ctx.find_root().params.get("directory")
        options = ctx.obj if isinstance(ctx.obj, Options) else Options(directory=directory or Path())
        words = load("reconciler.cli.known_objects", "known_objects")(options, chosen_namespace(ctx), self.kind)
        return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def filename_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`-f`: the file that an object is in."""
    option = click.option(
        "-f",
        "--filename",
        "files",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The file of the objects: for its only one, or for a name that several files have.",
    )
    return option(command)
