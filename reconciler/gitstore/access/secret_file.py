"""Secrets for programs that need a file: no other user can read them, and a kill leaves none behind.

If the system has files in memory (memfd_create(2)), the secret is in one, and its path belongs to this process: it
disappears with the process, however that ends. Other systems get a file of mode 0600 in a folder of mode 0700; the
caller provides and removes the folder.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path


def secret_file(stack: ExitStack, folder: Path, name: str, data: bytes) -> Path:
    """A path where child processes of the same user can read the secret until the stack is closed."""
    if hasattr(os, "memfd_create"):
        return _in_memory(stack, name, data)
    file = folder / name  # pragma: no cover - what other systems have
    file.touch(mode=0o600)  # pragma: no cover
    file.write_bytes(data)  # pragma: no cover
    return file  # pragma: no cover


def rewrite(file: Path, data: bytes) -> None:
    """Put another secret into the file; an equal one is not written again."""
    if file.read_bytes() != data:
        file.write_bytes(data)


def _in_memory(stack: ExitStack, name: str, data: bytes) -> Path:
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC)
    stack.callback(os.close, descriptor)
    os.fchmod(descriptor, 0o600)  # ssh refuses a key that others can read
    with os.fdopen(os.dup(descriptor), "wb") as stream:
        stream.write(data)
    return Path(f"/proc/{os.getpid()}/fd/{descriptor}")
