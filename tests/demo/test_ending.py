"""The end of the demo, and refusals of folders that it did not leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.demo.ending import StoryOutput, next_steps
from reconciler.demo.kept import served
from reconciler.errors import UsageError


def told(keep: Path | None) -> list[str]:
    lines: list[str] = []
    next_steps(StoryOutput(lines.append, lambda text: lines.append(f"# {text}"), lines.append, lines.append), keep)
    return lines


def test_a_demo_that_kept_nothing_ends_with_how_to_keep_it() -> None:
    assert told(None) == [
        "What to do next",
        "# Run the demo again, and keep the repository and its remote:",
        "imagestream demo --keep imagestream-demo",
        "# Start with your own images:",
        "git init -b main my-images",
        "imagestream -C my-images init",
    ]


def test_a_demo_that_was_kept_ends_with_how_to_go_on(tmp_path: Path) -> None:
    assert told(tmp_path / "my images") == [
        "What to do next",
        "# The registry ended with the demo. Serve it again, in another terminal:",
        f"imagestream demo --registry '{tmp_path}/my images'",
        "# Then go on where the demo ended:",
        f"cd '{tmp_path}/my images'",
        "imagestream status",
        "imagestream history team-a/app:dev",
        "imagestream describe team-a/app",
        "imagestream unhold team-a/app:dev",
        "imagestream sync",
        "# Start with your own images:",
        "git init -b main my-images",
        "imagestream -C my-images init",
    ]


def test_a_folder_that_the_demo_did_not_leave_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised, served(tmp_path):
        pass
    assert str(raised.value) == (
        f"--registry {tmp_path} was not left by the demo. Name the DIR of `imagestream demo --keep DIR`."
    )
