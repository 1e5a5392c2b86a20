"""Killed at any point: the remote is at the old or the new commit, the next pass finishes, and no event comes twice.

A small part with fixed points of time. The step that a kill meets depends on the machine, so no test asserts it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess

import pytest

from tests.e2e.conftest import Images, Place, command, stream, tag


def kill_during_sync(place: Place, after: float) -> None:
    """Start a pass and kill it, and its children, after so many seconds."""
    process = subprocess.Popen(
        [*command(), "sync"],
        cwd=place.path,
        env=place.environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


@pytest.mark.timeout(300)
def test_a_pass_that_is_killed_anywhere_leaves_the_old_or_the_new_and_the_next_one_finishes(
    remote: Place, images: Images
) -> None:
    chance = random.Random(20261123)
    sources = [tag(f"t{number}", images.name("app", str(number)), scheduled=True) for number in range(4)]
    for number in range(4):
        images.push("app", str(number), "0")
    remote.write("imagestreams/app.yaml", stream("app", *sources))
    remote.commit("Declare app")
    remote.git("push", "--quiet")
    remote.ok("sync")
    for round_ in range(1, 9):
        digests = {f"t{number}": images.push("app", str(number), f"{round_}") for number in range(4)}
        before = remote.git("ls-remote", "origin", "refs/heads/main").split()[0]
        kill_during_sync(remote, chance.uniform(0.3, 1.5))
        for lock in (remote.path / ".git").glob("*.lock"):
            lock.unlink()  # git tells a person to do that after a kill
        after = remote.git("ls-remote", "origin", "refs/heads/main").split()[0]
        fresh = remote.clone(f"fresh{round_}", "John Roe")
        ahead = int(fresh.git("rev-list", "--count", f"{before}..{after}"))
        assert ahead in {0, 4}
        ran = remote.run("sync")
        assert ran.code == 0, ran.err
        assert fresh.git("pull", "--quiet") == ""
        for name, digest in digests.items():
            text = (fresh.path / f"history/team-a/app/{name}.yaml").read_text()
            assert text.count(f"- image: {digest}") == 1
            assert f"  generation: {round_ + 1}\n" in text
        assert fresh.git("rev-list", "--count", f"{before}..HEAD").strip() == "4"
    assert remote.run("sync").out == "No changes.\n"
