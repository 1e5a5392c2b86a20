"""`python -m bench.start [COMMAND...]`: how long the command takes to start, answer a TAB and read a small repository.

Each COMMAND is the path of an `imagestream`, by default the one beside this Python. Several are measured in turn, so
that two versions can be compared in one run. No registry is needed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.kit.branch import ONE, Branch, declared, docker
from tests.kit.git import GitKit


class Case(NamedTuple):
    """One command line, or one TAB."""

    title: str
    words: Sequence[str]
    tab: bool = False


CASES = (
    Case("--version", ("--version",)),
    Case("--help", ("--help",)),
    Case("status --help", ("status", "--help")),
    Case("TAB: command", ("hist",), tab=True),
    Case("TAB: option", ("status", "--off"), tab=True),
    Case("TAB: name:tag", ("history", "team-a/app:p"), tab=True),
    Case("validate", ("validate",)),
    Case("verify", ("verify",)),
    Case("status --offline", ("status", "--offline")),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "commands", nargs="*", type=os.path.abspath, default=[Path(sys.executable).parent / "imagestream"]
    )
    parser.add_argument("--runs", type=int, default=20)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kit = GitKit(Path(folder))
        os.environ.update(kit.environ)
        branch = Branch(kit.repository())
        branch.git.commit({"reconciler.yaml": "", "is.yaml": declared({"prod": docker(ONE)})}, "Declare")
        for case in CASES:
            measure(case, chosen.commands, chosen.runs, branch.git.path)


def measure(case: Case, commands: Sequence[str], runs: int, folder: Path) -> None:
    """Run each command in turn, and print the medians of wall and CPU time in milliseconds."""
    taken: dict[str, list[tuple[float, float]]] = {command: [] for command in commands}
    for _ in range(runs + 1):  # the first fills caches
        for command in commands:
            taken[command].append(run(case, command, folder))
    for command, times in taken.items():
        wall, cpu = (statistics.median(each) * 1000 for each in zip(*times[1:], strict=True))
        print(f"{case.title:18} {wall:7.0f} ms {cpu:7.0f} ms CPU   {command}")


def run(case: Case, command: str, folder: Path) -> tuple[float, float]:
    """Wall and CPU seconds of one run."""
    arguments = [command] if case.tab else [command, *case.words]
    before, start = os.times(), time.perf_counter()
    subprocess.run(arguments, cwd=folder, env=environment(case), stdout=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - start, os.times()
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


def environment(case: Case) -> Mapping[str, str]:
    """This process's, and for a TAB what bash's function adds."""
    if not case.tab:
        return os.environ
    words = {"COMP_WORDS": " ".join(("imagestream", *case.words)), "COMP_CWORD": str(len(case.words))}
    return {**os.environ, **words, "_IMAGESTREAM_COMPLETE": "bash_complete"}


if __name__ == "__main__":
    main()
