from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.secret_folder import SecretFolder


def test_each_line_of_a_file_is_a_secret(tmp_path: Path) -> None:
    (tmp_path / "hub").write_text("new secret \r\n\n  pässword\n")
    assert SecretFolder(tmp_path).get("hub") == (b"new secret", "pässword".encode())


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    secrets = SecretFolder(tmp_path)
    assert secrets.get("hub") == ()
    (tmp_path / "hub").write_text("one")
    assert secrets.get("hub") == (b"one",)
    (tmp_path / "hub").write_text("other")
    assert secrets.get("hub") == (b"other",)
    (tmp_path / "hub").unlink()
    assert secrets.get("hub") == ()


def test_a_swapped_symlink_is_noticed(tmp_path: Path) -> None:
    """Kubernetes mounts secrets so: `hub` → `..data/hub`, and a rename swaps `..data`."""
    for version in ("one", "two"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "hub").write_text(version)
    os.utime(tmp_path / "two" / "hub", ns=(0, (tmp_path / "one" / "hub").stat().st_mtime_ns))
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "hub").symlink_to("..data/hub")
    secrets = SecretFolder(tmp_path)
    assert secrets.get("hub") == (b"one",)
    (tmp_path / "..tmp").symlink_to("two")
    (tmp_path / "..tmp").rename(tmp_path / "..data")
    assert secrets.get("hub") == (b"two",)


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "hub").write_text("one")
    secrets = SecretFolder(tmp_path)
    assert secrets.get("hub") is secrets.get("hub")


@pytest.mark.parametrize("name", ["../hub", "/etc/passwd", "", ".", "..", "a/b", "hub\0"])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "hub").write_text("one")
    (tmp_path / "inner").mkdir()
    assert SecretFolder(tmp_path / "inner").get(name) == ()


def test_a_folder_in_place_of_a_file_has_no_secret(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    assert SecretFolder(tmp_path).get("hub") == ()
    assert SecretFolder(None).get("hub") == ()


def test_the_problem_of_a_missing_secret_names_its_file(tmp_path: Path) -> None:
    secrets = SecretFolder(tmp_path)
    file = tmp_path / "hub"
    assert (
        secrets.problem("hub")
        == f"{file} cannot be read: No such file or directory. Write the sender's secret into it."
    )
    file.write_text("\n")
    assert secrets.problem("hub") == f"{file} is empty. Write the sender's secret into it."
    file.write_text("one\n")
    assert secrets.problem("hub") is None
    without = "the installation has no secretsDir. Name the folder of the secrets there."
    assert SecretFolder(None).problem("hub") == without
