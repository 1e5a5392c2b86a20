"""The stamp of a watched path: that of a file; for a folder also those of its entries, one level deep."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR
from typing import Final

from reconciler.file_stamp import FileStamp, file_stamp, file_status, stamp_of

MAX_ENTRIES: Final = 1_000
"""Entries of a folder that are compared; no folder of secrets has more."""


def stamp(path: Path) -> tuple[tuple[str, FileStamp | None], ...]:
    """The stamps of the path and, if it is a folder, of its entries, by name. Never raises."""
    found = file_status(path)
    if found is None:
        return (("", None),)
    entries = _entries(path) if S_ISDIR(found.st_mode) else ()
    return (("", stamp_of(found)), *((name, file_stamp(path / name)) for name in entries))


def folders(path: Path) -> Iterator[Path]:
    """The folders in which a change can change the stamp: that of the path, that of its target, and the target itself.

    In place of a folder that does not exist, the nearest one above it: a change there tells that the folder appeared.
    """
    yield _nearest(path.parent)
    real = Path(os.path.realpath(path))
    yield _nearest(real.parent)
    if os.path.isdir(real):  # noqa: PTH112 - Path.is_dir raises where a folder may not be looked into
        yield real


def _nearest(folder: Path) -> Path:
    real = Path(os.path.realpath(folder))
    return next((each for each in (real, *real.parents) if os.path.isdir(each)), Path(real.anchor))  # noqa: PTH112 - as above


def _entries(path: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(os.listdir(path))[:MAX_ENTRIES])  # noqa: PTH208 - only the names are needed
    except OSError:
        return ()
