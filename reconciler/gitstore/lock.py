"""The lock of a repository: one writer at a time; the system releases it when the process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from reconciler.errors import UsageError
from reconciler.gitstore.command import Runner

FILE: Final = "imagestream.lock"


@contextmanager
def repository_lock(runner: Runner) -> Iterator[None]:
    """Wait for the repository's lock and hold it. All work trees of a repository share one lock."""
    common = os.fsdecode(runner.output("rev-parse", "--git-common-dir").removesuffix(b"\n"))
    path = (Path(runner.folder) / common) / FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}. The repository must be writable.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
