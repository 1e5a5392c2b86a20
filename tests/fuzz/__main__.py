"""Fuzz one target with atheris: `python -m tests.fuzz NAME FOLDER [libFuzzer's options]`.

The folder takes the seeds and whatever is found on the way; it ends with another code than 0 on the first input that
the target does not stand. With atheris's help the inputs go where no seed has been.
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
