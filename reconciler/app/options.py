"""The options of the program, which every command gets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """The repository and the installation that a command works with."""

    directory: Path = field(default_factory=Path)
    config_file: Path | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    attended: bool = False
    """Whether git may prompt for a password on the terminal."""
