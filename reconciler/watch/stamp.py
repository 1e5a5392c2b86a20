"""Stamps: what tells that a path leads to something else than before, without reading it.

A file's device, inode, size and times, behind every symlink; of a folder also those of what is in it, one level deep.
So it does not matter in which way something is changed: written in place, renamed over by an editor, or swapped behind
a symlink, as Kubernetes does it with `..data`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR
from typing import Final

MAX_ENTRIES: Final = 1_000
"""Entries of a folder that are looked at; there are no more secrets than that in one."""

Stamp = tuple[int, ...] | None
"""None where there is nothing."""


def stamp(path: Path) -> tuple[tuple[str, Stamp], ...]:
    """What the path, and what is in it where it is a folder, leads to now. Never raises."""
    found = _status(path)
    if found is None:
        return (("", None),)
    entries = _entries(path) if S_ISDIR(found.st_mode) else ()
    return (("", _stamp(found)), *((name, _stamp(_status(path / name))) for name in entries))


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


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):
        return None


def _stamp(found: os.stat_result | None) -> Stamp:
    if found is None:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
