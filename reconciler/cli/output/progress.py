"""Progress on the terminal while registries answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from reconciler.cli.standard_stream import drawn_on
from reconciler.reconcile.registry_pool import Progress


@contextmanager
def progress_bar(label: str) -> Iterator[Progress | None]:
    """A progress bar on stderr over slow registries, on a terminal only."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    bar = click.progressbar(length=1, label=label, file=drawn_on(sys.stderr))
    with bar:

        def advance(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield advance
