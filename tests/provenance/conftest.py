"""What tests of this room share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.branch import Branch
from tests.kit.git import GitKit


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitKit:
    """Git alone with a home of its own."""
    return GitKit(tmp_path).alone(monkeypatch)


@pytest.fixture
def branch(kit: GitKit) -> Branch:
    """A work tree with one declared tag, and a reconciler in this process."""
    made = Branch(kit.repository())
    made.start()
    return made
