"""Paths that lead into a repository, in every way that a file system has."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.gitstore import leads_into


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """`images` with a file `trusted`, beside a folder `etc` with links into it and out of it."""
    top, etc = tmp_path / "images", tmp_path / "etc"
    top.mkdir()
    etc.mkdir()
    (top / "trusted").touch()
    (etc / "trusted").touch()
    (etc / "link").symlink_to("../images/trusted")
    (etc / "folder").symlink_to(top)
    (etc / "loop").symlink_to("loop")
    (top / "out").symlink_to(etc)
    (etc / "twice").symlink_to("folder/out/trusted")
    return top


@pytest.mark.parametrize(
    "path",
    [
        "images/trusted",
        "images/not-there",
        "images/.git/key",
        "images/out/trusted",
        "images",
        "etc/../images/trusted",
        "etc/link",
        "etc/folder",
        "etc/folder/trusted",
        "etc/twice",
    ],
)
def test_a_path_that_the_branch_could_change_leads_into_the_repository(repository: Path, path: str) -> None:
    assert leads_into(str(repository.parent / path), [Path("/nowhere"), repository]) == repository


@pytest.mark.parametrize(
    "path", ["etc/trusted", "etc/loop", "images-too/trusted", "images/../etc/trusted", "images/.."]
)
def test_a_path_beside_the_repository_does_not(repository: Path, path: str) -> None:
    assert leads_into(str(repository.parent / path), [repository]) is None


def test_a_repository_that_is_named_by_a_link_is_the_same_one(repository: Path) -> None:
    (repository.parent / "alias").symlink_to(repository)
    assert leads_into(str(repository / "trusted"), [repository.parent / "alias"]) == repository.parent / "alias"
