"""The files of a commit and the differences between two; hostile names and kinds; the files of a work tree."""

from __future__ import annotations

import os
import resource

import pytest

from reconciler.errors import InputError, UsageError
from reconciler.gitstore import FileEntry, FolderFiles, folder_files
from reconciler.gitstore.commit_files import READ_GROUP
from reconciler.gitstore.path_limit import bounded
from reconciler.settings import MIB
from tests.gitstore.actor import build, draft, opened
from tests.kit.git import GitFolder, GitKit

_NAMES = ("-rf", "--", "a b", 'quo"te', "back\\slash", "ünïcode", "star*", ":(top)x", "deep/er/file", "tab's")


def odd_commit(work: GitFolder) -> str:
    """A commit with every kind of entry and of name."""
    for name in _NAMES:
        work.write(name, name)
    for raw in (b"new\nline", b"not-utf8-\xff", b"tab\there", b"del\x7f"):
        (work.path / os.fsdecode(raw)).write_bytes(b"hidden")
    work.write("run.sh", "#!").chmod(0o755)
    (work.path / "outside").symlink_to("/etc/passwd")
    (work.path / "inside").symlink_to("README.md")
    head = work.head()
    work.git("update-index", "--add", "--cacheinfo", f"160000,{head},module")
    work.git("add", "--", ".")
    work.git("commit", "--quiet", "-m", "Odd")
    return work.head()


def test_a_listing_has_regular_files_only_and_counts_unreadable_names(work: GitFolder) -> None:
    commit = odd_commit(work)
    found = opened(work.path).commit_files(commit)
    assert set(found.entries) == {*_NAMES, "README.md", "run.sh"}
    assert (found.commit, found.left_out) == (commit, 4)
    blob = work.git("rev-parse", "HEAD:./run.sh")
    assert found.entries["run.sh"] == FileEntry("100755", "blob", blob)


def test_a_tree_that_names_the_folder_above_is_left_out(work: GitFolder) -> None:
    blob = work.git("rev-parse", "HEAD:README.md")
    inner = work.raw("mktree", stdin=f"100644 blob {blob}\tx\n".encode()).decode().strip()
    tree = work.raw("mktree", stdin=f"040000 tree {inner}\t..\n".encode()).decode().strip()
    commit = work.git("commit-tree", "-m", "Hostile", tree)
    found = opened(work.path).commit_files(commit)
    assert (found.entries, found.left_out) == ({}, 1)


def test_a_snapshot_wants_a_full_commit_id(work: GitFolder) -> None:
    with pytest.raises(ValueError, match="'--output=x' is not a full object id"):
        opened(work.path).commit_files("--output=x")


def test_files_are_read_once_each_and_large_ones_not_at_all(work: GitFolder) -> None:
    work.commit({"a": b"1", "b": b"", "c": b"x\0\n\r\xff" * 3, "large": b"y" * 1001, "limit": b"z" * 1000})
    repository = opened(work.path)
    entries = repository.commit_files(work.head()).entries
    oids = {path: entry.oid for path, entry in entries.items()}
    found = repository.read([*oids.values(), *oids.values()], 1000)
    assert found == {
        oids["README.md"]: b"Images\n",
        oids["a"]: b"1",
        oids["b"]: b"",
        oids["c"]: b"x\0\n\r\xff" * 3,
        oids["large"]: None,
        oids["limit"]: b"z" * 1000,
    }


def test_files_come_one_by_one_as_they_are_requested(work: GitFolder) -> None:
    work.commit({"a": b"1", "b": b"", "large": b"y" * 1001})
    repository = opened(work.path)
    oids = {path: entry.oid for path, entry in repository.commit_files(work.head()).entries.items()}
    asked = [oids[path] for path in ("large", "b", "a", "large", "a")]
    found = list(repository.read_each(asked, 1000))
    assert found == list(zip(asked, [None, b"", b"1", None, b"1"], strict=True))


def test_reading_no_blobs_gives_none(work: GitFolder) -> None:
    assert opened(work.path).read([], 10) == {}


def test_many_bytes_are_read_in_groups(work: GitFolder) -> None:
    files = {f"f{number}": bytes([number]) * (READ_GROUP // 2 + number) for number in range(4)}
    work.commit(dict(files))
    repository = opened(work.path)
    entries = repository.commit_files(work.head()).entries
    found = repository.read((entries[path].oid for path in files), READ_GROUP)
    assert {path: found[entries[path].oid] for path in files} == files


def test_an_object_that_is_missing_or_no_file_is_named(work: GitFolder) -> None:
    repository = opened(work.path)
    with pytest.raises(UsageError) as caught:
        repository.read(["1" * 40], 10)
    assert str(caught.value) == f"git has no file {'1' * 40} in {work.path} (missing). Run git fsck there."
    with pytest.raises(UsageError, match=r"\(commit\)"):
        repository.read([work.head()], 10)


def test_replaced_objects_are_not_believed(work: GitFolder) -> None:
    work.commit({"a": "true"})
    blob = work.git("rev-parse", "HEAD:a")
    other = work.raw("hash-object", "-w", "--stdin", stdin=b"lies").decode().strip()
    work.git("replace", blob, other)
    assert opened(work.path).read([blob], 10) == {blob: b"true"}


def test_changed_paths_gives_both_sides(work: GitFolder) -> None:
    old = work.commit({"keep": "1", "edit": "1", "remove": "1", "history/a b/ü.yaml": "1"})
    (work.path / "remove").unlink()
    new = work.commit({"edit": "2", "add": "1", "history/a b/ü.yaml": "2"})
    blobs = {name: work.git("rev-parse", f"{new}:{name}") for name in ("edit", "add", "history/a b/ü.yaml")}
    one, two = work.git("rev-parse", f"{old}:keep"), blobs["edit"]
    repository = opened(work.path)
    assert repository.changed_paths(old, new) == {
        "edit": (one, two),
        "remove": (one, None),
        "add": (None, one),
        "history/a b/ü.yaml": (one, two),
    }
    assert set(repository.changed_paths(old, new, ["history"])) == {"history/a b/ü.yaml"}
    assert set(repository.changed_paths(old, new, ["add", "*"])) == {"add"}
    assert set(repository.changed_paths(old, new, ["history/", *(f"no{n}" for n in range(500))])) == {
        "history/a b/ü.yaml"
    }


def test_a_file_that_becomes_a_symlink_counts_as_gone(work: GitFolder) -> None:
    old = work.commit({"a": "1", "b": "1"})
    (work.path / "a").unlink()
    (work.path / "a").symlink_to("b")
    (work.path / "c").symlink_to("b")
    new = work.commit()
    assert opened(work.path).changed_paths(old, new) == {"a": (work.git("rev-parse", f"{old}:a"), None)}


def test_ancestry_is_known_and_an_unknown_commit_is_an_error(work: GitFolder) -> None:
    old, new = work.head(), work.commit({"a": "1"})
    repository = opened(work.path)
    assert (repository.is_ancestor(old, new), repository.is_ancestor(new, old)) == (True, False)
    assert repository.is_ancestor(old, old)
    with pytest.raises(UsageError, match="git merge-base failed in "):
        repository.is_ancestor(old, "1" * 40)


def test_a_graft_adds_no_ancestor(work: GitFolder) -> None:
    new = work.commit({"a": "1"})
    stranger = work.git("commit-tree", "-m", "Stranger", f"{new}^{{tree}}")
    work.write(".git/info/grafts", f"{new} {stranger}\n")
    assert not opened(work.path).is_ancestor(stranger, new)


def test_the_files_of_a_work_tree_are_regular_unignored_and_inside(work: GitFolder, kit: GitKit) -> None:
    odd_commit(work)
    work.commit({".gitignore": "ignored\n", "gone": "1", "real/tracked": "1"})
    work.write("untracked/new", "1")
    work.write("ignored", "1")
    (work.path / "gone").unlink()
    outside = kit.folder("elsewhere")
    outside.write("tracked", "secret")
    (work.path / "real/tracked").unlink()
    (work.path / "real").rmdir()
    (work.path / "real").symlink_to(outside.path)
    found = opened(work.path).work_tree_files()
    assert list(found.paths) == sorted({*_NAMES, "README.md", "run.sh", ".gitignore", "untracked/new"})
    assert {"real"} <= found.others
    assert found.left_out == 4


def test_a_plain_folder_is_walked_without_following_symlinks(kit: GitKit) -> None:
    folder = kit.folder("plain")
    for name in ("b/2", "b/1", "a", "-rf", ".git/config", "new\nline"):
        folder.write(name, "")
    (folder.path / os.fsdecode(b"\xff")).write_bytes(b"")
    (folder.path / "loop").symlink_to(folder.path)
    (folder.path / "link").symlink_to("a")
    os.mkfifo(folder.path / "pipe")
    found = folder_files(folder.path)
    assert found == FolderFiles(("-rf", "a", "b/1", "b/2"), frozenset({"link", "loop"}), 2)


def bomb(work: GitFolder, levels: int, names: str = "ab") -> str:
    """A commit with a tree that holds the same tree under several names, this many levels deep."""
    tree = work.git("rev-parse", "HEAD^{tree}")
    for _ in range(levels):
        lines = "".join(f"040000 tree {tree}\t{name}\n" for name in names)
        tree = work.raw("mktree", stdin=lines.encode()).decode().strip()
    return work.git("commit-tree", tree, "-p", "HEAD", "-m", "Bomb")


def test_a_tree_with_too_many_files_is_not_read_to_the_end(work: GitFolder) -> None:
    commit = bomb(work, 24)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError) as caught:
        opened(work.path).commit_files(commit)
    assert str(caught.value) == (
        f"commit {commit[:12]} has more than 300000 files, or 64 MiB of their names. "
        "Take out what does not belong there, or keep the streams in a repository of their own."
    )
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 * 1024  # KiB


def test_names_of_many_bytes_count_as_many_names() -> None:
    with pytest.raises(
        InputError, match=r"^commit 1234567890ab has more than 300000 files, or 64 MiB of their names\."
    ):
        list(bounded("1234567890abcdef", [b"x" * MIB] * 65))


def test_paths_that_are_too_deep_are_left_out_and_block_no_others(work: GitFolder) -> None:
    commit = bomb(work, 300, "a")
    repository = opened(work.path)
    assert (dict(repository.commit_files(commit).entries), repository.commit_files(commit).left_out) == ({}, 1)
    (made,) = build(repository, commit, draft("history/a.yaml", b"1"))
    assert list(repository.commit_files(made).entries) == ["history/a.yaml"]
