"""Private folders: used by one process only, and removed after a kill."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.gitstore.access.private_folder import private_folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    tempfile.tempdir = None  # it remembers the folder that it found first
    yield tmp_path
    tempfile.tempdir = None


def test_a_folder_is_private_and_gone_afterwards(place: Path) -> None:
    with private_folder("x-") as folder, private_folder("x-") as other:
        (folder / "secret").write_text("s3cret")
        assert (folder.parent, oct(folder.stat().st_mode & 0o777), folder != other) == (place, "0o700", True)
        assert (folder / "secret").exists()
    assert list(place.iterdir()) == []


def test_folders_of_killed_processes_are_removed_and_those_in_use_are_kept(place: Path) -> None:
    code = (
        "import os, signal\nfrom reconciler.gitstore.access.private_folder import private_folder\n"
        "with private_folder('x-') as folder:\n"
        "    (folder / 'secret').write_text('s3cret')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    top = Path(__file__).parents[2]
    subprocess.run((sys.executable, "-c", code), cwd=top, env={**os.environ, "TMPDIR": str(place)}, check=False)
    (left,) = place.iterdir()
    assert (left / "secret").exists()
    (place / f"x-{os.getuid()}-link").symlink_to(top)
    (place / f"x-{os.getuid()}-file").write_text("1")
    with private_folder("x-") as folder:
        assert not left.exists()
        assert folder.exists()
    assert {path.name.rpartition("-")[2] for path in place.iterdir()} == {"link", "file"}
    assert (top / "pyproject.toml").exists()
