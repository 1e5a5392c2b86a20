"""A remote on the same disk: the files that tell where its branch is, for those who watch them.

HEAD is none of them: another branch that is checked out there moves none.
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
    """The loose reference first, then where it can be packed; none for a remote that is elsewhere, or no repository."""
    folder = local_folder(url)
    if folder is None:
        return ()
    result = Runner(folder).run("rev-parse", "--path-format=absolute", "--git-common-dir")
    if not result.done:
        return ()
    common = Path(os.fsdecode(result.out.removesuffix(b"\n")))
    return (common / "refs" / "heads" / branch, common / "packed-refs", common / "reftable" / "tables.list")


def loose_commit(files: tuple[Path, ...]) -> str | None:
    """The commit that a loose reference names; None where there is none, or where it has to be asked for."""
    try:
        text = files[0].read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return text.strip() if _COMMIT.fullmatch(text) else None


def local_folder(url: str) -> Path | None:
    """The folder that a remote's address means; None where it is elsewhere."""
    if url.startswith(_FILE):
        parts = urlsplit(url)
        url = unquote(parts.path) if parts.netloc in {"", "localhost"} else ""
    folder = Path(url)
    return folder if folder.is_absolute() and folder.is_dir() else None
