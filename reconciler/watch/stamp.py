"""Stamps of watched paths: the stamp of a file, and for a folder also the stamps of its entries, one level deep."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR
from typing import Final

from reconciler.file_stamp import FileStamp, file_stamp, file_status, stamp_of

MAX_ENTRIES: Final = 1_000
"""Entries of a folder that are looked at; there are no more secrets than that in one."""


def stamp(path: Path) -> tuple[tuple[str, FileStamp | None], ...]:
    """What the path, and what is in it where it is a folder, leads to now. Never raises."""
    found = file_status(path)
    if found is None:
        return (("", None),)
    entries = _entries(path) if S_ISDIR(found.st_mode) else ()
    return (("", stamp_of(found)), *((name, file_stamp(path / name)) for name in entries))


def folders(path: Path) -> Iterator[Path]:
    """The folders in which the path can be made to lead elsewhere: its own, that of what it leads to, and itself.

    Where they are not there, the nearest one above that is: it tells when they come.
    """
    yield _nearest(path.parent)
    real = Path(os.path.realpath(path))
    yield _nearest(real.parent)
    if os.path.isdir(real):  # noqa: PTH112 - Path.is_dir raises where a folder may not be looked into
        yield real


def _nearest(folder: Path) -> Path:
    real = Path(os.path.realpath(folder))
    return next((each for each in (real, *real.parents) if os.path.isdir(each)), Path(real.anchor))  # noqa: PTH112 - likewise


def _entries(path: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(os.listdir(path))[:MAX_ENTRIES])  # noqa: PTH208 - names are all that is wanted
    except OSError:
        return ()
