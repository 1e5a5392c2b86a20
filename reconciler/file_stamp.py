"""File stamps: values that change when the content of a path changes, so that it need not be read.

A stamp has the file's device, inode, size and times, behind every symlink. So it does not matter how a file is changed:
written in place, renamed over by an editor, or swapped behind a symlink, as Kubernetes does it with `..data`.
"""

from __future__ import annotations

import os
from pathlib import Path

FileStamp = tuple[int, int, int, int, int]
"""Equal as long as the file is the same."""


def file_stamp(path: Path) -> FileStamp | None:
    """The stamp of a file or folder; None if it is missing or may not be read."""
    found = file_status(path)
    return None if found is None else stamp_of(found)


def file_status(path: Path) -> os.stat_result | None:
    """The status of a file or folder behind every symlink. Never raises."""
    try:
        return path.stat()
    except (OSError, ValueError):
        return None


def stamp_of(status: os.stat_result) -> FileStamp:
    """The stamp in a status."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
