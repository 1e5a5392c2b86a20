"""What `describe` says of a spec tag, line by line."""

from __future__ import annotations

import pytest

from reconciler.cli.output.description import render
from reconciler.query.view import IstagView
from tests.kit.world import NOW, docker, istag, spec


@pytest.mark.parametrize(("scheduled", "said"), [(False, "tagged from"), (True, "updates automatically from registry")])
def test_a_source_that_the_streams_repository_gives_is_said_to_be_one(scheduled: bool, said: str) -> None:
    tag = spec("1", docker("quay.io/acme/app:1"), imported=True, scheduled=scheduled)
    lines = list(render(IstagView(istag("app:1"), tag), NOW))
    assert f"Source:         {said} quay.io/acme/app:1 (dockerImageRepository)" in lines
