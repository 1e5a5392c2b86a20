"""A pass that is killed at any of its git commands: no commit has a history without the workloads that follow it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.branch import COPY, FOLLOWED, ONE, PROD, Branch, docker
from tests.kit.git import GitKit
from tests.kit.watched_pass import watch
from tests.kit.workload import deployment, pull_spec, values, write

SOME = [(at, after) for at in (12, 20, 24, 28) for after in (False, True)]


def start(kit: GitKit) -> Branch:
    """A workload with one container for a tag and one for the tag that follows it."""
    branch = Branch(kit.repository())
    branch.start({"prod": docker(ONE), "copy": FOLLOWED})
    branch.put("a")
    write(branch, deployment({"app": "none", "side": "none"}, {"app": PROD, "side": COPY}))
    branch.run()
    assert values(branch) == [pull_spec("a")] * 2
    branch.put("b")
    return branch


def kill(branch: Branch, folder: Path, at: int, *, after: bool) -> bool:
    """Kill a pass, check what it left, and let another one finish; whether there was anything to kill."""
    watched = watch(branch, folder, at, after=after)
    for commit in branch.git.git("log", "--format=%H", "--grep=^Tag: ").splitlines():
        for name, container in ((PROD, "app"), (COPY, "side")):
            history = branch.git.raw("show", f"{commit}:{name.history_path}", check=False).decode()
            top = history.partition("- image: ")[2][:71]
            workload = branch.git.git("show", f"{commit}:apps/app.yaml")
            assert not top or f'@{top}"  # {container}\n' in f"{workload}\n", (at, commit)
    branch.run()
    assert values(branch) == [pull_spec("b")] * 2
    assert branch.run().commits == ()
    assert (branch.verify().breaks, branch.git.fsck()) == ([], "")
    assert branch.git.git("status", "--porcelain") == ""
    return watched.killed


@pytest.mark.parametrize(("at", "after"), SOME)
def test_a_killed_pass_leaves_history_and_workload_alike(kit: GitKit, tmp_path: Path, at: int, *, after: bool) -> None:
    kill(start(kit), tmp_path / "shim", at, after=after)


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_a_pass_that_is_killed_anywhere_leaves_history_and_workload_alike(tmp_path: Path) -> None:
    for after in (False, True):
        for at in range(1, 200):
            kit = GitKit(tmp_path / f"{at}-{after}")
            kit.root.mkdir()
            if not kill(start(kit), kit.root / "shim", at, after=after):
                break
