"""What tests of the use cases share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kit.git import GitKit


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitKit:
    """Git alone with a home of its own."""
    for key in list(os.environ):
        if key.startswith("GIT_"):
            monkeypatch.delenv(key)
    made = GitKit(tmp_path)
    for key, value in made.environ.items():
        monkeypatch.setenv(key, value)
    return made
