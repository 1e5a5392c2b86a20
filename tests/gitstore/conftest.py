"""An isolated environment for every test: its own home, and no git variable of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.git import GitFolder, GitKit


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitKit:
    return GitKit(tmp_path).alone(monkeypatch)


@pytest.fixture
def work(kit: GitKit) -> GitFolder:
    """A repository with one commit on main."""
    made = kit.repository()
    made.commit({"README.md": "Images\n"}, "Start")
    return made


@pytest.fixture
def remote(kit: GitKit, work: GitFolder) -> GitFolder:
    """A bare remote of `work`, which has it as origin, with main pushed."""
    made = kit.bare()
    work.git("remote", "add", "origin", f"file://{made.path}")
    work.git("push", "--quiet", "--set-upstream", "origin", "main")
    return made
