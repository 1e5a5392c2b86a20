"""What tests of the use cases share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.git import GitKit


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitKit:
    """Git alone with a home of its own."""
    return GitKit(tmp_path).alone(monkeypatch)
