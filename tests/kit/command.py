"""The command under test, as it is installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def command() -> list[str]:
    """The words of the installed command: of the wheel under test, else the one beside this Python."""
    chosen = os.environ.get("IMAGESTREAM_TEST_COMMAND")
    if chosen:
        return [chosen]
    beside = Path(sys.executable).parent / "imagestream"
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "reconciler"]


def environment() -> dict[str, str]:
    """The variables of this process's environment that the command needs, without HOME."""
    kept = {key: os.environ[key] for key in ("PATH", "COVERAGE_PROCESS_START") if key in os.environ}
    source = str(Path(__file__).parents[2]) if command()[0] == sys.executable else ""
    return kept | {"LC_ALL": "C.UTF-8", "GIT_CONFIG_GLOBAL": os.devnull, "PYTHONPATH": source}
