"""A pass in a process of its own that is killed at one of its git commands, before or after it ran.

`python -m tests.kit.killed_pass` runs the pass; `run_killed` starts it with a git in front of the real one that counts
and kills its parent: the same point every time, unlike a clock.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from reconciler.gitstore import Repository
from reconciler.model.config import Installation
from reconciler.operations.observe import Registries
from reconciler.operations.reconcile import Reconciler
from reconciler.operations.writer import Writer, choose_target
from reconciler.planning.world import Ask
from tests.kit.branch import BOT, Branch, Shelf
from tests.kit.clock import FakeClock

_GIT = """\
#!/bin/sh
count=$(($(cat "{folder}/count" 2>/dev/null || echo 0) + 1))
echo $count >"{folder}/count"
[ $count -eq {at} ] || exec "{git}" "$@"
{before}"{git}" "$@"
{after}
"""
_KILL = "kill -9 $PPID\n"


def run_killed(branch: Branch, folder: Path, at: int, *, after: bool) -> bool:
    """Run a pass that is killed at its git command number `at`; False where it had fewer and ended by itself."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    git = folder / "git"
    script = _GIT.format(
        folder=folder, at=at, git=shutil.which("git"), before="" if after else _KILL, after=_KILL if after else ""
    )
    git.write_text(script, encoding="utf-8")
    git.chmod(0o755)
    environ = dict(os.environ) | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    words = [sys.executable, "-m", "tests.kit.killed_pass", str(branch.git.path), str(branch.clock.monotonic())]
    done = subprocess.run(
        words,
        cwd=Path(__file__).parents[2],
        env=environ,
        input=json.dumps(branch.shelf.images).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode in {0, -9}, done.stderr.decode()
    for lock in (branch.git.path / ".git").rglob("*.lock"):
        lock.unlink()  # git asks a person to do that after a kill
    return done.returncode != 0


def _main(path: str, passed: str) -> None:
    clock = FakeClock()
    clock.advance(float(passed))
    repository = Repository.discover(Path(path))
    registries = Registries(Shelf(json.load(sys.stdin)), Installation())
    Reconciler(Writer(repository, clock, BOT), registries).run(choose_target(repository, None, push=True), Ask())


if __name__ == "__main__":
    _main(*sys.argv[1:])
