"""Streams: what stands between everything that a command writes and the terminal or CI log that would obey it.

While a command runs, `sys.stdout` and `sys.stderr` are these streams, so that no renderer, no log and no library can
write past them. Programs that read the output get the same: an escape inside JSON is JSON's own.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from reconciler.model.text import shown, without_commands


class ShownStream(io.TextIOBase):
    """A text stream that writes what cannot be seen as escapes. It has no `buffer` that one could write past it."""

    def __init__(self, under: TextIO) -> None:
        self.under = under

    def write(self, text: str | bytes, /) -> int:
        """Write to the stream under this one; click gives a shell its completions as bytes."""
        self.under.write(without_commands(shown(text if isinstance(text, str) else text.decode(errors="replace"))))
        return len(text)

    def flush(self) -> None:
        """Pass it on."""
        self.under.flush()

    def isatty(self) -> bool:
        """Whether a terminal is under it."""
        return self.under.isatty()

    def fileno(self) -> int:
        """The file under it."""
        return self.under.fileno()

    def writable(self) -> bool:
        """As every output."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream under it."""
        return self.under.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        """Likewise."""
        return self.under.errors or "strict"


def open_closed_streams() -> None:
    """Give a process that was started with a closed standard stream (`>&-`, cron, daemons) one that goes nowhere.

    Else the next file that is opened, by us or by git, would become that stream, and take what is written to it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
            os.set_inheritable(opened, True)  # noqa: FBT003 - git gets it as well
            setattr(sys, name, os.fdopen(opened, mode, encoding="utf-8"))


@contextmanager
def shown_streams() -> Iterator[None]:
    """Let everything that is written until the block ends pass such streams."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", ShownStream(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def drawn_on(stream: TextIO) -> TextIO:
    """The stream for what is to be obeyed: a progress bar, and commands for a CI; nothing as others wrote it."""
    return stream.under if isinstance(stream, ShownStream) else stream
