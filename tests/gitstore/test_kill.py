"""A publication that is killed at any moment leaves the branch at the old or the new commit; the next one finishes."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.gitstore.actor import build, draft, opened
from tests.kit.git import GitFolder
from tests.kit.loop import until
from tests.kit.process import descendants, kill, state

_FILES = 40
_ROUNDS = 8
_LONGEST = 0.1  # seconds; a publication of these commits takes about half of it


def interrupted(work: GitFolder, old: str, new: str, pause: float, *, whole: bool) -> None:
    """Publish in another process and kill it after a pause, with (or without) the git it is running."""
    words = [sys.executable, "-m", "tests.gitstore.publisher", str(work.path), old, new]
    top = Path(__file__).parents[2]
    with subprocess.Popen(
        words, env=dict(work.environ), cwd=top, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(pause)
        git = descendants(process.pid)
        kill(process.pid, *(git if whole else ()))
        process.wait()
    until(lambda: all(state(pid) in {"Z", ""} for pid in git))


@pytest.mark.parametrize("checked_out", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_after_a_kill_the_branch_is_old_or_new_and_the_next_run_finishes(
    work: GitFolder, *, checked_out: bool, whole: bool
) -> None:
    repository = opened(work.path)
    chance = random.Random(f"{checked_out} {whole}")
    work.commit({f"f{number}": "0" for number in range(_FILES)})
    if not checked_out:
        work.git("checkout", "--quiet", "--detach")
    for number in range(1, _ROUNDS + 1):
        old = work.head("main")
        content = b"%d" % number * 1000
        new = build(repository, old, *(draft(f"f{file}", content) for file in range(_FILES)))[-1]
        interrupted(work, old, new, chance.uniform(0, _LONGEST), whole=whole)
        now = work.head("main")
        assert now in {old, new}
        assert repository.tip("main") in {new if now == new else old, None}
        assert work.fsck() == ""
        if checked_out and now == new:
            assert work.git("status", "--porcelain") == "", "the work tree would take the commits back"
        (work.path / ".git/index.lock").unlink(missing_ok=True)  # git asks a person to do this
        for lock in (work.path / ".git/refs").rglob("*.lock"):
            lock.unlink()
        (work.path / ".git/HEAD.lock").unlink(missing_ok=True)
        if now == old:
            repository.publish_local("main", old, new, tip=new)
        assert (work.head("main"), repository.tip("main")) == (new, new)
        if checked_out:
            assert work.git("status", "--porcelain") == ""
