"""Cursors of sinks at a real remote, at one that refuses them, and without a remote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reconciler.errors import UnavailableError, UsageError
from reconciler.gitstore import CursorMoves, Repository, Upstream
from reconciler.gitstore.cursor import MAX_BYTES
from tests.kit.git import GitFolder, GitKit

CI = "refs/imagestream/sinks/ci"
CHAT = "refs/imagestream/sinks/chat"


def repository(work: GitFolder) -> Repository:
    return Repository(work.path, bare=False)


def upstream(work: GitFolder) -> Upstream:
    found = repository(work).upstream("main")
    assert found is not None
    return found


def refuse(remote: GitFolder, name: str = "refs/imagestream/sinks/*") -> None:
    remote.hook("update", f'case "$1" in {name}) echo "no such names here" >&2; exit 1;; esac')


def test_cursors_are_created_and_moved_at_the_remote_in_one_push(work: GitFolder, remote: GitFolder) -> None:
    first = work.head()
    moves = repository(work).move_cursors(upstream(work), {"ci": first, "chat": first})
    assert moves == CursorMoves(frozenset({"ci", "chat"}))
    assert (remote.refs()[CI], remote.refs()[CHAT]) == (first, first)
    second = work.commit()
    work.git("push", "--quiet")
    assert repository(work).move_cursors(upstream(work), {"ci": second}).moved == {"ci"}
    assert repository(work).cursors(upstream(work), ["ci", "chat", "other"]) == {"ci": second, "chat": first}


def test_a_cursor_goes_back_too(work: GitFolder, remote: GitFolder) -> None:
    first = work.head()
    second = work.commit()
    repository(work).move_cursors(upstream(work), {"ci": second})
    assert repository(work).move_cursors(upstream(work), {"ci": first}).moved == {"ci"}
    assert remote.refs()[CI] == first


def test_a_fetch_of_the_branch_brings_the_cursors(kit: GitKit, work: GitFolder, remote: GitFolder) -> None:
    other = kit.clone(remote, "other")
    repository(work).move_cursors(upstream(work), {"ci": work.head()})
    assert repository(other).cursors(upstream(other), ["ci"]) == {}
    repository(other).fetch(upstream(other))
    assert repository(other).cursors(upstream(other), ["ci"]) == {"ci": work.head()}
    remote.git("update-ref", "-d", CI)
    repository(other).fetch_cursors(upstream(other))
    assert repository(other).cursors(upstream(other), ["ci"]) == {}


def test_a_cursor_that_another_process_moved_is_not_overwritten(
    kit: GitKit, work: GitFolder, remote: GitFolder
) -> None:
    first, other = work.head(), kit.clone(remote, "other")
    repository(work).move_cursors(upstream(work), {"ci": first, "chat": first})
    repository(other).fetch(upstream(other))
    second = work.commit()
    third = work.commit()
    work.git("push", "--quiet")
    other.git("fetch", "--quiet")
    repository(other).move_cursors(upstream(other), {"ci": second})
    moves = repository(work).move_cursors(upstream(work), {"ci": third, "chat": third})
    assert moves == CursorMoves(frozenset({"chat"}), frozenset({"ci"}))
    assert (remote.refs()[CI], remote.refs()[CHAT]) == (second, third)
    repository(work).fetch_cursors(upstream(work))
    assert repository(work).move_cursors(upstream(work), {"ci": third}).moved == {"ci"}


def test_a_cursor_that_is_there_already_counts_as_moved(kit: GitKit, work: GitFolder, remote: GitFolder) -> None:
    other = kit.clone(remote, "other")
    repository(other).move_cursors(upstream(other), {"ci": work.head()})
    assert repository(work).move_cursors(upstream(work), {"ci": work.head()}).moved == {"ci"}


def test_a_cursor_that_is_no_commit_is_not_read_and_can_be_replaced(work: GitFolder, remote: GitFolder) -> None:
    blob = remote.raw("hash-object", "-w", "--stdin", stdin=b"garbage").decode().strip()
    work.git("tag", "--annotate", "--message", "a tag", "v1")
    work.git("push", "--quiet", "origin", f"v1:{CI}")
    remote.git("update-ref", CHAT, blob)
    repository(work).fetch(upstream(work))
    assert repository(work).cursors(upstream(work), ["ci", "chat"]) == {}
    assert repository(work).move_cursors(upstream(work), {"ci": work.head(), "chat": work.head()}).moved == {
        "ci",
        "chat",
    }


def test_a_remote_that_refuses_the_references_leaves_the_cursor_in_a_file(work: GitFolder, remote: GitFolder) -> None:
    refuse(remote)
    moves = repository(work).move_cursors(upstream(work), {"ci": work.head()})
    assert moves.kept == {"ci"}
    assert moves.messages == (
        "origin refuses refs/imagestream/sinks/ci: hook declined (no such names here). How far its sink was told is "
        "kept in the file imagestream.sinks of this copy. Allow pushes to refs/imagestream/ there, or keep this copy.",
    )
    assert repository(work).cursors(upstream(work), ["ci"]) == {"ci": work.head()}
    assert CI not in remote.refs()


def test_a_cursor_leaves_the_file_once_the_remote_takes_it(work: GitFolder, remote: GitFolder) -> None:
    first = work.head()
    refuse(remote)
    repository(work).move_cursors(upstream(work), {"ci": first, "chat": first})
    refuse(remote, "refs/imagestream/sinks/chat")
    second = work.commit()
    moves = repository(work).move_cursors(upstream(work), {"ci": second, "chat": second})
    assert moves.moved == {"ci"}
    assert moves.kept == {"chat"}
    remote.git("update-ref", "-d", CI)
    repository(work).fetch(upstream(work))
    assert repository(work).cursors(upstream(work), ["ci", "chat"]) == {"chat": second}


def test_a_hidden_reference_is_refused(work: GitFolder, remote: GitFolder) -> None:
    remote.git("config", "transfer.hideRefs", "refs/imagestream/sinks")
    assert repository(work).move_cursors(upstream(work), {"ci": work.head()}).kept == {"ci"}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"origin/main": 7}', b'{"origin/main": {"ci": "main"}}', b"\xff", b"[" * MAX_BYTES],
)
def test_a_damaged_file_has_no_cursor_and_is_replaced(work: GitFolder, remote: GitFolder, content: bytes) -> None:
    refuse(remote)
    file = work.path / ".git" / "imagestream.sinks"
    file.write_bytes(content)
    assert repository(work).cursors(upstream(work), ["ci"]) == {}
    repository(work).move_cursors(upstream(work), {"ci": work.head()})
    assert repository(work).cursors(upstream(work), ["ci"]) == {"ci": work.head()}


def test_a_damaged_mirror_is_made_again_and_keeps_the_file(kit: GitKit, work: GitFolder, remote: GitFolder) -> None:
    refuse(remote)
    folder, url = kit.root / "data", f"file://{remote.path}"
    mirror = Repository.mirror(folder, url, "main")
    there = mirror.upstream("main")
    assert there is not None
    mirror.fetch(there)
    mirror.move_cursors(there, {"ci": work.head()})
    shutil.rmtree(folder / "objects")
    again = Repository.mirror(folder, url, "main")
    again.fetch(there)
    assert again.cursors(there, ["ci"]) == {"ci": work.head()}
    assert not mirror.is_whole() or not (folder / "FETCH_HEAD").exists()


def test_a_remote_that_does_not_answer_leaves_everything(work: GitFolder, remote: GitFolder) -> None:
    there = upstream(work)
    shutil.rmtree(remote.path)
    moves = repository(work).move_cursors(there, {"ci": work.head()})
    assert (moves.failed or moves.kept) == {"ci"}
    with pytest.raises(UnavailableError):
        repository(work).fetch_cursors(there)


def test_without_a_remote_the_cursors_are_references_here(work: GitFolder) -> None:
    first = work.head()
    assert repository(work).move_cursors(None, {"ci": first}).moved == {"ci"}
    second = work.commit()
    assert repository(work).move_cursors(None, {"ci": second}).moved == {"ci"}
    assert repository(work).cursors(None, ["ci", "chat"]) == {"ci": second}
    assert work.refs()[CI] == second


@pytest.mark.parametrize("name", ["", "a/b", "..", "-x", "a b", "a.lock", "x" * 64, "a\nb", "HEAD^", "ci~1"])
def test_a_name_that_is_no_part_of_a_reference_is_refused(work: GitFolder, name: str) -> None:
    with pytest.raises(UsageError, match="is not the name of a sink"):
        repository(work).cursors(None, [name])
    with pytest.raises(UsageError, match="is not the name of a sink"):
        repository(work).move_cursors(None, {name: work.head()})


def test_the_merge_base_of_commits(work: GitFolder) -> None:
    first = work.head()
    work.git("checkout", "--quiet", "-b", "side")
    side = work.commit()
    work.git("checkout", "--quiet", "main")
    main = work.commit({"x": "y"})
    work.git("checkout", "--quiet", "--orphan", "alone")
    alone = work.commit()
    base = repository(work).merge_base
    assert (base(side, main), base(first, main), base(alone, main), base("1" * 40, main)) == (first, first, None, None)


def test_the_address_of_a_remote_has_no_credentials(work: GitFolder, remote: GitFolder) -> None:
    work.git("remote", "set-url", "origin", "https://jane:hunter2@git.example.com/a/b.git")
    assert repository(work).remote_url(upstream(work)) == "https://git.example.com/a/b.git"
    assert Path(remote.path).is_dir()
