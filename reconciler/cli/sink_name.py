"""The type of an argument that names a sink; a shell completes the names of the checked-out commit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from reconciler.app.options import Options
from reconciler.cli.lazy import load


class SinkType(click.ParamType):  # type: ignore[type-arg]  # older clicks take none
    """The type of such an argument."""

    name = "sink"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401, ARG002 - as click has it
        """The name as it is; the command knows which sinks there are."""
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - as click has it
        """The sinks that begin with the text."""
        directory = ctx.find_root().params.get("directory")
        options = ctx.obj if isinstance(ctx.obj, Options) else Options(directory=directory or Path())
        names = load("reconciler.cli.known_sinks", "read_known_sinks")(options)
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]
