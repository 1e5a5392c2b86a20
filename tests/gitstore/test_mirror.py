"""Mirrors: made, kept, made again if they are damaged, and never in a folder with foreign files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.errors import UsageError
from reconciler.gitstore import Draft, Fetched, PushStatus, Repository, exclusive_folder
from tests.gitstore.actor import JANE, build, draft, upstream_of
from tests.kit.git import GitFolder, GitKit


@pytest.fixture
def served(remote: GitFolder) -> str:
    return f"file://{remote.path}"


def test_a_mirror_fetches_builds_and_pushes_without_a_local_branch(
    tmp_path: Path, served: str, work: GitFolder, remote: GitFolder
) -> None:
    mirror = Repository.mirror(tmp_path / "data", served, "main")
    upstream = upstream_of(mirror)
    fetched = mirror.fetch(upstream)
    assert fetched.commit == work.head()
    new = build(mirror, fetched.commit, draft("history/a.yaml", b"1"))[-1]
    assert mirror.push(upstream, fetched.commit, new).status is PushStatus.DONE
    assert remote.head("main") == new
    assert not mirror.is_shallow()
    assert [ref for ref in GitFolder(mirror.path, work.environ).refs() if ref.startswith("refs/heads/")] == []


def test_a_mirror_that_is_there_is_kept_and_one_of_another_remote_is_pointed_there(
    tmp_path: Path, kit: GitKit, served: str, work: GitFolder
) -> None:
    first = Repository.mirror(tmp_path / "data", served, "main")
    first.fetch(upstream_of(first))
    (tmp_path / "data" / "kept").write_text("1")
    other = kit.bare("other.git")
    work.git("push", "--quiet", f"file://{other.path}", "main")
    again = Repository.mirror(tmp_path / "data", f"file://{other.path}", "main")
    assert (tmp_path / "data" / "kept").exists()
    assert again.fetch(upstream_of(again)).commit == work.head()


@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize(
    "damage", ["objects", "HEAD", "pack", "no pack", "first pack", "config", "packed-refs", "refs"]
)
def test_a_damaged_mirror_is_made_anew(
    tmp_path: Path, served: str, work: GitFolder, remote: GitFolder, *, damage: str, filters: bool
) -> None:
    remote.git("config", "uploadpack.allowFilter", str(filters).lower())
    mirror = Repository.mirror(tmp_path / "data", served, "main")
    upstream = upstream_of(mirror)
    mirror.fetch(upstream)
    first = [*mirror.path.glob("objects/pack/*")]
    work.commit({"README.md": "More\n"})
    work.git("push", "--quiet")
    fetched = mirror.fetch(upstream).commit
    new = build(mirror, fetched, draft("history/a.yaml", b"1"))[-1]  # built objects are loose, fetched ones are packed
    assert mirror.push(upstream, fetched, new).status is PushStatus.DONE
    assert mirror.is_whole()
    folder = tmp_path / "data"
    if damage == "HEAD":
        (folder / "HEAD").unlink()
    elif damage in {"no pack", "first pack"}:
        for file in first if damage == "first pack" else [*folder.glob("objects/pack/*")]:
            file.unlink()
        assert not mirror.is_whole()
    elif damage in {"config", "packed-refs"}:
        (folder / damage).write_bytes(b"\0garbage")
    elif damage == "refs":  # as after a power failure
        (folder / "refs/remotes/origin/main").write_bytes(b"")
    else:
        for file in [*folder.glob("objects/??/*"), *folder.glob("objects/pack/*")]:
            if damage == "pack" or file.parent.name != "pack":
                file.chmod(0o644)
                file.write_bytes(b"garbage")
        assert not mirror.is_whole()
    again = Repository.mirror(folder, served, "main")
    assert again.fetch(upstream_of(again)).commit == new
    assert again.is_whole()


@pytest.mark.parametrize("lock", ["config", "HEAD", "packed-refs", "refs/remotes/origin/main", "objects/maintenance"])
def test_a_lock_of_a_killed_git_blocks_no_other_process(
    tmp_path: Path, served: str, work: GitFolder, lock: str
) -> None:
    mirror = Repository.mirror(tmp_path / "data", served, "main")
    mirror.fetch(upstream_of(mirror))
    (tmp_path / "data" / f"{lock}.lock").touch()
    work.commit({"more.yaml": "1"})
    work.git("push", "--quiet")
    again = Repository.mirror(tmp_path / "data", served, "main")
    assert again.fetch(upstream_of(again)).commit == work.head()
    assert not list((tmp_path / "data").rglob("*.lock"))


@pytest.mark.parametrize("left", ["nothing", "objects", "everything but HEAD", "a new repository", "an empty config"])
def test_a_mirror_that_was_being_made_or_cleared_when_its_process_was_killed_is_made_anew(
    tmp_path: Path, served: str, work: GitFolder, left: str
) -> None:
    folder = tmp_path / "data"
    mirror = Repository.mirror(folder, served, "main")
    mirror.fetch(upstream_of(mirror))
    if left == "a new repository":  # git init was done, and nothing is configured
        (folder / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
    elif left == "an empty config":
        (folder / "config").write_text("")
    for each in folder.iterdir():
        gone = {"nothing": True, "objects": each.name != "objects", "everything but HEAD": each.name == "HEAD"}
        if gone.get(left, False) and each.name != "imagestream.mirror":
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    again = Repository.mirror(folder, served, "main")
    assert again.fetch(upstream_of(again)).commit == work.head()
    assert again.is_whole()


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path, served: str, work: GitFolder) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "photos").write_text("1")
    (tmp_path / "data" / "imagestream.mirror").write_text("something else of that name")
    for folder in (tmp_path / "data", work.path):
        with pytest.raises(UsageError) as refused:
            Repository.mirror(folder, served, "main")
        assert str(refused.value) == (f"{folder} has something else in it. Name an empty folder, or none, with --data.")
    assert (tmp_path / "data" / "photos").exists()


@pytest.mark.parametrize(
    "url", ["", "--upload-pack=evil", "ext::sh -c evil", "ftp://host/x", "https://a b/x", "fd::17"]
)
def test_an_address_that_could_run_a_program_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a repository"):
        Repository.mirror(tmp_path / "data", url, "main")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("formats", [("sha256", "sha1"), ("sha1", "sha256")])
def test_a_mirror_takes_the_object_format_of_its_remote(
    tmp_path: Path, kit: GitKit, monkeypatch: pytest.MonkeyPatch, formats: tuple[str, str]
) -> None:
    there, default = formats
    monkeypatch.setenv("GIT_DEFAULT_HASH", default)
    remote = kit.bare("theirs.git", f"--object-format={there}")
    work = kit.repository("theirs", f"--object-format={there}")
    work.commit({"README.md": "1"})
    work.git("push", "--quiet", f"file://{remote.path}", "main")
    mirror = Repository.mirror(tmp_path / "data", str(remote.path), "main")
    upstream = upstream_of(mirror)
    commit = mirror.fetch(upstream).commit
    assert commit == work.head()
    new = build(mirror, commit, draft("history/a.yaml", b"1"))[-1]
    assert mirror.push(upstream, commit, new).status is PushStatus.DONE
    again = Repository.mirror(tmp_path / "data", str(remote.path), "main")
    assert again.fetch(upstream_of(again)) == Fetched(new, new)


def test_a_password_in_an_address_is_in_no_configuration(tmp_path: Path) -> None:
    Repository.mirror(tmp_path / "data", "https://bot:s3cret@127.0.0.1/x.git", "main")
    assert "url = https://127.0.0.1/x.git\n" in (tmp_path / "data" / "config").read_text()


def test_many_objects_become_one_pack(tmp_path: Path, served: str) -> None:
    mirror = Repository.mirror(tmp_path / "data", served, "main")
    upstream = upstream_of(mirror)
    commit = mirror.fetch(upstream).commit
    for round_ in range(8):  # fewer than a hundred objects at a time stay loose; git counts those of one folder
        drafts = Draft({f"{number}.yaml": f"{round_} {number}".encode() for number in range(90)}, JANE, "Write")
        new = build(mirror, commit, drafts)[-1]
        assert mirror.push(upstream, commit, new).status is PushStatus.DONE
        commit = new
    before = len(list(mirror.path.glob("objects/??/*")))
    assert before > 60
    mirror.tidy()
    assert len(list(mirror.path.glob("objects/??/*"))) == before
    mirror.tidy(loose=10)
    assert len(list(mirror.path.glob("objects/??/*"))) < before // 10
    assert len(list(mirror.path.glob("objects/pack/*.pack"))) == 2, "what the remote has sent, and what was made here"
    assert mirror.is_whole()


def test_many_packs_become_one(tmp_path: Path, served: str, work: GitFolder) -> None:
    mirror = Repository.mirror(tmp_path / "data", served, "main")
    for round_ in range(5):
        work.commit({"a.yaml": str(round_)})
        work.git("push", "--quiet")
        mirror.fetch(upstream_of(mirror))
    assert len(list(mirror.path.glob("objects/pack/*.pack"))) == 5
    mirror.tidy(packs=3)
    assert len(list(mirror.path.glob("objects/pack/*.pack"))) == 1
    assert mirror.is_whole()


def test_a_mirror_is_one_processs_until_it_ends(tmp_path: Path, served: str, work: GitFolder) -> None:
    folder = tmp_path / "data"
    for _ in range(2):  # a new one, then an existing one
        with exclusive_folder(folder):
            mirror = Repository.mirror(folder, served, "main")
            assert mirror.fetch(upstream_of(mirror)).commit == work.head()
            script = f"from pathlib import Path; from reconciler.gitstore import exclusive_folder\nwith exclusive_folder(Path({str(folder)!r})): pass"
            other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
            assert other.returncode == 1
            assert other.stderr.endswith(
                f"{folder} is used by another imagestream run. Name another folder with --data.\n"
            )


def test_a_folder_with_something_else_in_it_is_not_occupied(work: GitFolder) -> None:
    before = sorted(work.path.iterdir())
    with exclusive_folder(work.path):
        assert sorted(work.path.iterdir()) == before


def test_a_folder_that_cannot_be_used_is_reported_in_one_line(tmp_path: Path, served: str) -> None:
    (tmp_path / "file").touch()
    text = f"{tmp_path}/file/data cannot be used: Not a directory. Name a folder of your own with --data."
    with pytest.raises(UsageError, match=f"^{re.escape(text)}$"):
        Repository.mirror(tmp_path / "file" / "data", served, "main")
