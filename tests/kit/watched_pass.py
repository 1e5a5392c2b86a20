"""A pass in a process of its own, with a git in front of the real one that records every command.

It can kill the pass at one of them, before or after it ran: the same point every time, unlike a clock.
`python -m tests.kit.watched_pass` is what runs there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from reconciler.gitstore import Repository
from reconciler.model.config import Installation
from reconciler.planning.pass_scope import PassScope
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.run_pass import Reconciler, run_pass
from reconciler.reconcile.writer import Writer, choose_target
from tests.kit.branch import BOT, Branch, Shelf
from tests.kit.clock import FakeClock

_GIT = """\
#!/bin/sh
printf '%s\\n' "$*" >>"{folder}/commands"
[ "$(wc -l <"{folder}/commands")" -eq {at} ] || exec "{git}" "$@"
{before}"{git}" "$@"
{after}
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """The result of a pass."""

    killed: bool
    commands: list[str]
    """Every git command with its arguments, in order."""

    def count(self, verb: str) -> int:
        """The number of commands of one kind."""
        return sum(verb in command.split() for command in self.commands)


def watch(branch: Branch, folder: Path, kill_at: int = 0, *, after: bool = False) -> Watched:
    """Run a pass; with `kill_at` it is killed at its git command of that number, if there is one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    kill = "kill -9 $PPID\n"
    script = _GIT.format(
        folder=folder, at=kill_at, git=shutil.which("git"), before="" if after else kill, after=kill if after else ""
    )
    (folder / "git").write_text(script, encoding="utf-8")
    (folder / "git").chmod(0o755)
    environ = dict(os.environ) | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    words = [sys.executable, "-m", "tests.kit.watched_pass", str(branch.git.path), str(branch.clock.monotonic())]
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
    return Watched(done.returncode != 0, (folder / "commands").read_text(encoding="utf-8").splitlines())


def _main(path: str, passed: str) -> None:
    clock = FakeClock()
    clock.advance(float(passed))
    repository = Repository.discover(Path(path))
    registries = Registries(Shelf(json.load(sys.stdin)), Installation())
    run_pass(
        Reconciler(Writer(repository, clock, BOT), registries), choose_target(repository, None, push=True), PassScope()
    )


if __name__ == "__main__":
    _main(*sys.argv[1:])
