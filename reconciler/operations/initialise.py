"""Initialise: the few lines that make a git repository one of image streams.

Nothing that is there is changed or overwritten; lines are added where they are missing. Argo CD and Flux then deploy
the workloads beside histories and holds undisturbed, and a checkout on any system keeps their bytes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.settings import CONFIG_FILE

CONFIG_TEXT = """\
# This file makes the repository one of image streams. Every field has a default; docs/configuration.md lists them.
apiVersion: reconciler/v1alpha1
kind: Config
spec:
  defaultNamespace: default
"""

# Path and lines. Flux reads .sourceignore; git and the forges read the other two.
LINES: dict[str, tuple[str, ...]] = {
    ".gitattributes": (
        "# Written by the reconciler: the same bytes on every system, folded away in reviews.",
        "/history/** text eol=lf linguist-generated=true",
        "/holds/** text eol=lf linguist-generated=true",
    ),
    ".sourceignore": (
        "# What the reconciler reads and writes is nothing to deploy.",
        "/history/",
        "/holds/",
        "/imagestreams/",
        "/reconciler.yaml",
    ),
    "CODEOWNERS": (
        "# The reconciler writes these; nobody has to approve them.",
        "/history/",
        "/holds/",
    ),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written or added to."""

    path: str
    created: bool


def initialise(folder: Path) -> list[Written]:
    """Write what is missing in the work tree's top folder; an empty list means it was all there.

    Raises `UsageError` where a file in the way is a symbolic link or cannot be written.
    """
    written: list[Written] = []
    if not (folder / CONFIG_FILE).exists():
        _write(folder / CONFIG_FILE, CONFIG_TEXT, append=False)
        written.append(Written(CONFIG_FILE, created=True))
    for path, lines in LINES.items():
        there = _lines(folder / path)
        missing = [line for line in lines if line not in (there or [])]
        if missing:
            _write(folder / path, "".join(f"{line}\n" for line in missing), append=there is not None)
            written.append(Written(path, created=there is None))
    return written


def _lines(path: Path) -> list[str] | None:
    if path.is_symlink():
        raise UsageError(f"{path} is a symbolic link. Replace it by a file and run `imagestream init` again.")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else None


def _write(path: Path, text: str, *, append: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_APPEND if append else os.O_EXCL)
    try:
        with open(os.open(path, flags, 0o644), "a", encoding="utf-8") as stream:  # noqa: PTH123 - O_NOFOLLOW
            if append and not path.read_bytes().endswith(b"\n"):
                stream.write("\n")
            stream.write(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
