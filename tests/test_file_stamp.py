"""File stamps: what counts as another file."""

from __future__ import annotations

import os
from pathlib import Path

from reconciler.file_stamp import file_stamp


def test_a_file_that_did_not_change_keeps_its_stamp(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a")
    assert file_stamp(path) == file_stamp(path) is not None


def test_a_file_that_is_written_renamed_over_or_swapped_behind_a_link_gets_another(tmp_path: Path) -> None:
    path, other, link = tmp_path / "file", tmp_path / "other", tmp_path / "link"
    path.write_text("a")
    other.write_text("a")
    link.symlink_to(path)
    stamps = [file_stamp(link)]
    path.write_text("more")
    stamps.append(file_stamp(link))
    os.replace(other, path)  # noqa: PTH105 - as editors do
    stamps.append(file_stamp(link))
    link.unlink()
    stamps.append(file_stamp(link))
    link.symlink_to(tmp_path)
    stamps.append(file_stamp(link))
    assert stamps[3] is None
    assert len(set(stamps)) == len(stamps)


def test_a_path_that_cannot_be_looked_at_has_no_stamp(tmp_path: Path) -> None:
    assert file_stamp(tmp_path / "nothing") is None
    assert file_stamp(Path("a\0b")) is None
