"""Credential helpers as small shell programs, which record their calls."""

from __future__ import annotations

import os
from pathlib import Path


class HelperFolder:
    """A folder of helpers, for the PATH."""

    NOT_FOUND = "echo 'credentials not found in native keychain'; exit 1"

    def __init__(self, root: Path) -> None:
        self.root = root
        self._bin = root / "bin"
        self._bin.mkdir()
        self._log = root / "calls"

    @property
    def environ(self) -> dict[str, str]:
        """An environment in which the helpers are found."""
        return {"PATH": f"{self._bin}:{os.environ['PATH']}", "HOME": str(self.root)}

    @property
    def calls(self) -> list[str]:
        """`arguments|standard input` of every call so far."""
        return self._log.read_text().splitlines() if self._log.exists() else []

    def path(self, suffix: str) -> Path:
        """The path of the helper with that suffix."""
        return self._bin / f"docker-credential-{suffix}"

    def add(self, suffix: str, script: str) -> None:
        """Add a helper; the script has the requested server in `$server`."""
        lines = ["#!/bin/sh", "server=$(cat)", f'echo "$*|$server" >> {self._log}', script]
        self.path(suffix).write_text("\n".join(lines) + "\n")
        self.path(suffix).chmod(0o755)
