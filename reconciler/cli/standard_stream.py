"""The standard streams: they make control characters visible, which a terminal or a CI log would obey.

While a command runs, `sys.stdout` and `sys.stderr` are such streams, so that every renderer, log and library writes
through them. Programs that read the output get the same text; JSON has its own escapes.
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
    """A text stream that writes control characters as escapes. It has no `buffer` that could go around it."""

    def __init__(self, under: TextIO) -> None:
        self.under = under

    def write(self, text: str | bytes, /) -> int:
        """Write to the stream below; click writes completions as bytes."""
        self.under.write(without_commands(shown(text if isinstance(text, str) else text.decode(errors="replace"))))
        return len(text)

    def flush(self) -> None:
        """Flush the stream below."""
        self.under.flush()

    def isatty(self) -> bool:
        """Whether the stream below is a terminal."""
        return self.under.isatty()

    def fileno(self) -> int:
        """The file of the stream below."""
        return self.under.fileno()

    def writable(self) -> bool:
        """Every output is."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream below."""
        return self.under.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        """The error handler of the stream below."""
        return self.under.errors or "strict"


def open_closed_streams() -> None:
    """Open `/dev/null` for each standard stream that was closed at the start (`>&-`, cron, daemons).

    Without this, the next file that we or git open would become that stream, and its content would be overwritten.
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
    """Replace both output streams until the block ends."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", ShownStream(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def drawn_on(stream: TextIO) -> TextIO:
    """The raw stream, for a progress bar and for commands to a CI; not for text that others wrote."""
    return stream.under if isinstance(stream, ShownStream) else stream
