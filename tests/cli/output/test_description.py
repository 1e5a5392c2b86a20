"""The lines of `describe` about a spec tag."""

from __future__ import annotations

import pytest

from reconciler.cli.output.description import render
from reconciler.query.view import IstagView
from tests.kit.world import NOW, docker, istag, spec


@pytest.mark.parametrize(
    ("scheduled", "expected"), [(False, "tagged from"), (True, "updates automatically from registry")]
)
def test_a_source_from_the_repository_of_the_stream_is_marked(scheduled: bool, expected: str) -> None:
    tag = spec("1", docker("quay.io/acme/app:1"), imported=True, scheduled=scheduled)
    lines = list(render(IstagView(istag("app:1"), tag), NOW))
    assert f"Source:         {expected} quay.io/acme/app:1 (dockerImageRepository)" in lines
