from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kit.git import GitKit


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git sees nothing of the machine's configuration."""
    for key in list(os.environ):
        if key.startswith("GIT_"):
            monkeypatch.delenv(key)
    for key, value in GitKit(tmp_path).environ.items():
        monkeypatch.setenv(key, value)
