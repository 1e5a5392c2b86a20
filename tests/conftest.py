"""What tests of the use cases share, and which tests are left out unless they are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.kit.apart import is_deselected
from tests.kit.branch import Branch
from tests.kit.git import GitKit

# No test asserts a time: on a busy machine an example takes several times as long as on an idle one.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that stay apart (`tests.kit.apart`)."""
    expression = config.option.markexpr or ""
    left = [each for each in items if is_deselected({mark.name for mark in each.iter_markers()}, expression)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [each for each in items if each not in set(left)]


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
