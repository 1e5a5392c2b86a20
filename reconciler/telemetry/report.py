"""A report of a bug: the traceback goes to a file, and one line to the user."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from reconciler import __version__


def write_report(bug: BaseException, arguments: Sequence[str]) -> str:
    """Write a report file and return the line that tells the user about it.

    The report has the traceback, the versions and the names of the options that were used. It has no values of options,
    because a value may be a credential.
    """
    names = [argument.partition("=")[0] if argument.startswith("-") else "…" for argument in arguments]
    text = "\n".join(
        [
            f"imagestream {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"arguments: {' '.join(names)}",
            "",
            *traceback.format_exception(bug),
        ]
    )
    what = f"internal error: {type(bug).__name__}"
    try:
        descriptor, name = tempfile.mkstemp(prefix="imagestream-report-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError:
        print(text, file=sys.stderr)  # noqa: T201 - there is no other place for it
        return f"{what}. No report file could be written; the lines above are the report."
    return f"{what}. Please open an issue with the report {Path(name)}; nothing more was done."
