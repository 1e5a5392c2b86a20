"""Secrets for programs that want a file, which nobody else can read and which no kill leaves behind.

Where the system has files that are in memory only (memfd_create(2)), the secret is in one, and its path leads to this
process: it is gone with it, however that ends. Elsewhere it is a file of mode 0600 in a folder of mode 0700 that the
caller gives, and takes away.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path


def secret_file(stack: ExitStack, folder: Path, name: str, data: bytes) -> Path:
    """Where a program that this process starts, as the same user, can read the secret until the stack is closed."""
    if hasattr(os, "memfd_create"):
        return _in_memory(stack, name, data)
    file = folder / name  # pragma: no cover - what other systems have
    file.touch(mode=0o600)  # pragma: no cover
    file.write_bytes(data)  # pragma: no cover
    return file  # pragma: no cover


def rewrite(file: Path, data: bytes) -> None:
    """Put another secret into the file; nothing is written where it is the same."""
    if file.read_bytes() != data:
        file.write_bytes(data)


def _in_memory(stack: ExitStack, name: str, data: bytes) -> Path:
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC)
    stack.callback(os.close, descriptor)
    os.fchmod(descriptor, 0o600)  # what is open to others is no key to ssh
    with os.fdopen(os.dup(descriptor), "wb") as stream:
        stream.write(data)
    return Path(f"/proc/{os.getpid()}/fd/{descriptor}")
