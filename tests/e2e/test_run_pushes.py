"""Pushes to a real registry with notifications: none is missed, although it notifies before the tag has moved."""

from __future__ import annotations

from pathlib import Path

from tests.kit.site import site


def test_every_push_of_twenty_is_a_commit_without_a_schedule(tmp_path: Path) -> None:
    with site(tmp_path) as here, here.loop() as loop:
        loop.until_ready()
        for _ in range(20):
            pushed = here.move("t0")
            loop.until(lambda pushed=pushed: here.top("t0") == pushed)  # type: ignore[misc]
        loop.stop()
    assert len(here.bare.git("log", "--format=%H", "--", "history/").splitlines()) == 21
