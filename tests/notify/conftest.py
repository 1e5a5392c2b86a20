"""An installation on loopback for the tests of sinks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.notified import SinkHouse, sink_house


@pytest.fixture
def house(tmp_path: Path) -> SinkHouse:
    return sink_house(tmp_path / "secrets")
