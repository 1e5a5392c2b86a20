"""Secrets: the files of the installation's `secretsDir`, read anew when they changed.

Each line is a secret, so that two are valid while one replaces the other. The stamp of the file (`file_stamp`) is
compared on every request.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Protocol

from reconciler.file_stamp import FileStamp, file_stamp

MAX_SECRET_BYTES: Final = 64 * 1024
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}", re.ASCII)


class Secrets(Protocol):
    """Where a receiver's secrets come from."""

    def get(self, name: str) -> tuple[bytes, ...]:
        """The secrets that are valid now, none where there is no such file or nothing in it."""

    def problem(self, name: str) -> str | None:
        """Why there are none, as a sentence that names the file; None where there are some."""


class SecretFolder:
    """Secrets in a folder; None is a folder without any. One thread at a time."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._known: dict[str, tuple[FileStamp | None, tuple[bytes, ...]]] = {}

    def get(self, name: str) -> tuple[bytes, ...]:
        """The secrets that are valid now; a file that cannot be read has none."""
        if self._folder is None or not _NAME.fullmatch(name):
            return ()
        path = self._folder / name
        try:
            return self._read(name, path)
        except OSError:
            self._known.pop(name, None)
            return ()

    def problem(self, name: str) -> str | None:
        """Why there are no secrets under a name, and what to do; None where there are some."""
        if self.get(name):
            return None
        if self._folder is None:
            return "the installation has no secretsDir. Name the folder of the secrets there."
        path = self._folder / name
        try:
            with path.open("rb") as stream:
                stream.read(1)
        except OSError as error:
            return f"{path} cannot be read: {error.strerror}. Write the sender's secret into it."
        return f"{path} is empty. Write the sender's secret into it."

    def _read(self, name: str, path: Path) -> tuple[bytes, ...]:
        stamp = file_stamp(path)
        known = self._known.get(name)
        if known is not None and known[0] == stamp:
            return known[1]
        with path.open("rb") as stream:
            data = stream.read(MAX_SECRET_BYTES)
        secrets = tuple(line for line in (each.strip() for each in data.splitlines()) if line)
        self._known[name] = (stamp, secrets)
        return secrets
