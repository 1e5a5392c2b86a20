"""Remotes on the same disk: the files that hold their branch, and addresses that are not such remotes."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.gitstore import branch_files, loose_commit
from tests.kit.git import GitFolder, GitKit


@pytest.mark.parametrize("prefix", ["", "file://", "file://localhost"])
def test_the_files_of_a_bare_repository_are_found(remote: GitFolder, work: GitFolder, prefix: str) -> None:
    files = branch_files(f"{prefix}{remote.path}", "main")
    assert files == (
        remote.path / "refs/heads/main",
        remote.path / "packed-refs",
        remote.path / "reftable/tables.list",
    )
    assert loose_commit(files) == work.head()


def test_those_of_a_work_tree_are_in_the_repository_it_belongs_to(work: GitFolder, tmp_path: Path) -> None:
    work.git("worktree", "add", "--quiet", str(tmp_path / "more"), "-b", "release/1.0")
    assert branch_files(str(tmp_path / "more"), "release/1.0")[0] == work.path / ".git/refs/heads/release/1.0"
    assert loose_commit(branch_files(str(work.path), "release/1.0")) == work.head()


def test_a_percent_sign_of_a_url_is_read_and_one_of_a_path_is_not(kit: GitKit) -> None:
    bare = kit.bare("odd%20name")
    assert branch_files(str(bare.path), "main")[0].parent == bare.path / "refs/heads"
    kit.bare("odd name")
    assert branch_files(f"file://{bare.path}", "main")[0].parent == bare.path.parent / "odd name/refs/heads"


@pytest.mark.parametrize(
    "url",
    ["https://git.example.com/a", "git@git.example.com:a", "ssh://host/tmp", "file://host/tmp", "relative", "/none"],
)
def test_a_remote_elsewhere_has_no_files(url: str) -> None:
    assert branch_files(url, "main") == ()


def test_a_folder_that_is_not_a_repository_has_none(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert branch_files(str(tmp_path / "plain"), "main") == ()


@pytest.mark.parametrize(
    "text", ["", "ref: refs/heads/other\n", "0" * 39, "x" * 40, "0" * 40 + "\nmore", "\ufffd" * 40]
)
def test_other_objects_are_not_taken_for_commits(tmp_path: Path, text: str) -> None:
    (tmp_path / "main").write_text(text)
    assert loose_commit((tmp_path / "main",)) is None
    assert loose_commit((tmp_path / "none",)) is None
    assert loose_commit((tmp_path,)) is None
