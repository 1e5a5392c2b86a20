"""Private folders for what programs want as files: of mode 0700, taken away at the end, or by the next one after kills.

A folder that is in use is locked, and the system takes the lock away with the process that holds it; so whoever makes
one first removes those of the same user that nobody holds.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def private_folder(prefix: str) -> Iterator[Path]:
    """A folder of this process alone, and of nobody after it. `prefix` ends with a dash and is short."""
    named = f"{prefix}{os.getuid()}-"
    _sweep(named)
    folder, lock = _made(named)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _made(prefix: str) -> tuple[Path, int]:
    """A new folder and its lock; another one where somebody swept it away before it was locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix))
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                return folder, lock
            os.close(lock)


def _sweep(prefix: str) -> None:
    """Remove the folders that a killed process left; what cannot be opened or is locked is somebody's."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(lock).st_uid == os.getuid():
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
