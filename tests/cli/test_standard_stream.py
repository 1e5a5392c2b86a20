"""The stream that shows control characters, as click writes to it."""

from __future__ import annotations

import io
from typing import TextIO, cast

from reconciler.cli.standard_stream import ShownStream, drawn_on


def test_text_and_bytes_are_written_alike() -> None:
    under = io.StringIO()
    stream = ShownStream(under)
    stream.write("plain,hist\x1bory\n")
    stream.write(b"plain,hist\x1bory \xff\n")
    lines = under.getvalue().splitlines()
    assert "\x1b" not in under.getvalue()
    assert [line[:10] for line in lines] == ["plain,hist", "plain,hist"]


def test_a_ci_finds_no_command_but_in_what_is_drawn() -> None:
    under = io.StringIO()
    stream = ShownStream(under)
    stream.write("::error::x\n")
    drawn_on(cast("TextIO", stream)).write("::error::y\n")
    assert under.getvalue() == "\\u003a:error::x\n::error::y\n"
