"""A secret: a line of a file in the installation's `secretsDir`; the file is read again when it changes.

A file may have several lines, so that two secrets are valid while one replaces the other. The stamp of the file
(`file_stamp`) is compared on every request.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Protocol

from reconciler.file_stamp import FileStamp, file_stamp

MAX_SECRET_BYTES: Final = 64 * 1024
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}", re.ASCII)


class Secrets(Protocol):
    """The source of the secrets of receivers, or of sinks."""

    def get(self, name: str) -> tuple[bytes, ...]:
        """The secrets that are valid now; none if there is no such file, or if it is empty."""

    def problem(self, name: str) -> str | None:
        """The reason why there are none, as a sentence that names the file; None if there are some."""


class SecretFolder:
    """The secrets in a folder; without a folder there are none. One thread at a time uses it."""

    def __init__(self, folder: Path | None, content: str = "the sender's secret") -> None:
        """`content` says in an advice what belongs into the file."""
        self._folder = folder
        self._content = content
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
        """The reason why there are none, and the remedy; None if there are some."""
        if self.get(name):
            return None
        if self._folder is None:
            return "the installation has no secretsDir. Name the folder of the secrets there."
        path = self._folder / name
        try:
            with path.open("rb") as stream:
                stream.read(1)
        except OSError as error:
            return f"{path} cannot be read: {error.strerror}. Write {self._content} into it."
        return f"{path} is empty. Write {self._content} into it."

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
