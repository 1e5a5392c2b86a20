"""Golden folders: `input/` is a folder that people keep, `expected.txt` everything that is said about it.

Compared whole. To change an expectation, change the file by hand.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.documents.find import wanted
from reconciler.model.config import Config
from reconciler.operations.declare import declare, read_config

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/input"))


def said(folder: Path) -> str:
    """Findings, what was skipped, and what is declared, a line each."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
    config, findings = read_config(files.pop("reconciler.yaml", b""), "reconciler.yaml")
    config = config or Config()
    found = declare({path: data for path, data in files.items() if wanted(path, config)}, config)
    lines = [str(finding) for finding in (*findings, *found.findings)]
    lines += [f"{skipped.file}: skipped: {skipped.what}" for skipped in found.skipped]
    lines += [f"declared: {each.name.tag(tag)}" for each in found.streams.values() for tag in each.tags]
    lines += [f"broken: {name}" for name in sorted(found.broken)]
    lines += [f"failed: {file}" for file in sorted(found.failed_files)]
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("case", CASES)
def test_a_folder_is_said_exactly_this(case: str) -> None:
    assert said(HERE / case / "input") == (HERE / case / "expected.txt").read_text(encoding="utf-8")


def test_there_are_folders() -> None:
    assert CASES == ["team", "wild"]
