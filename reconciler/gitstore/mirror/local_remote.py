"""A remote on the same disk: the files that hold its branch, for watching them.

HEAD is not one of them, because a checkout of another branch does not move this one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from reconciler.gitstore.command import Runner

_COMMIT: Final = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\n?", re.ASCII)

_FILE: Final = "file://"


def branch_files(url: str, branch: str) -> tuple[Path, ...]:
    """The loose reference first, then the files of packed ones.

    Empty if the remote is elsewhere or is not a repository.
    """
    folder = local_folder(url)
    if folder is None:
        return ()
    result = Runner(folder).run("rev-parse", "--path-format=absolute", "--git-common-dir")
    if not result.done:
        return ()
    common = Path(os.fsdecode(result.out.removesuffix(b"\n")))
    return (common / "refs" / "heads" / branch, common / "packed-refs", common / "reftable" / "tables.list")


def loose_commit(files: tuple[Path, ...]) -> str | None:
    """The commit in a loose reference; None if there is none, or if only git can read it."""
    try:
        text = files[0].read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return text.strip() if _COMMIT.fullmatch(text) else None


def local_folder(url: str) -> Path | None:
    """The folder that a remote's address means; None if it is elsewhere."""
    if url.startswith(_FILE):
        parts = urlsplit(url)
        url = unquote(parts.path) if parts.netloc in {"", "localhost"} else ""
    folder = Path(url)
    return folder if folder.is_absolute() and folder.is_dir() else None
