"""Fuzz one target with atheris: `python -m tests.fuzz NAME FOLDER [libFuzzer's options]`.

The folder gets the seeds and the inputs that are found. The exit code is not 0 if an input breaks the target. atheris
leads the inputs to code that no seed reaches.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Run until libFuzzer ends the process."""
    atheris = importlib.import_module("atheris")
    name, folder, *options = arguments
    with atheris.instrument_imports(include=["reconciler", "ruamel", "tomllib"], enable_loader_override=False):
        target = importlib.import_module("tests.fuzz.target").TARGETS[name]
    for number, seed in enumerate(target.seeds):
        (Path(folder) / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], folder, *options], target.feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
