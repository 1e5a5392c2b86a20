"""Drafts become commits: verbatim, deterministic, touching only what they name, in one go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from reconciler.errors import UsageError
from reconciler.gitstore import Draft, FileChange
from reconciler.gitstore.ancestry import Ancestry
from reconciler.model.person import Person
from tests.gitstore.actor import COMMITTER, JANE, MOMENT, build, draft, opened
from tests.kit.git import GitFolder, GitKit


def test_a_draft_becomes_a_commit_on_its_parent(work: GitFolder) -> None:
    repository = opened(work.path)
    message = "Tag team-a/app:prod as sha256:9f2c\n\nTag: team-a/app:prod"
    (made,) = build(repository, work.head(), draft("history/team-a/app/prod.yaml", b"items\n", message))
    found = Ancestry(repository).log(made, limit=1)[0]
    assert (found.id, found.parents, found.message) == (made, (work.head(),), message)
    assert (found.author, found.committer) == (JANE, COMMITTER)
    assert (found.author_date, found.committer_date) == ("2026-11-23T08:00:00+00:00", "2026-11-23T08:00:00+00:00")
    blob = work.git("rev-parse", f"{made}:history/team-a/app/prod.yaml")
    assert found.files == (FileChange("history/team-a/app/prod.yaml", None, blob),)
    assert work.raw("cat-file", "blob", blob) == b"items\n"
    assert work.fsck() == ""


def test_no_reference_moves_and_no_files_are_left_behind(work: GitFolder) -> None:
    before = (work.refs(), work.git("status", "--porcelain"), {path.name for path in (work.path / ".git").iterdir()})
    build(opened(work.path), work.head(), draft("a", b"1"))
    after = (work.refs(), work.git("status", "--porcelain"), {path.name for path in (work.path / ".git").iterdir()})
    assert after == before


def test_the_same_drafts_give_the_same_ids_at_the_same_moment_anywhere(work: GitFolder) -> None:
    repository = opened(work.path)
    drafts = [draft("a", b"1"), draft("b", b"2")]
    local = MOMENT.astimezone(timezone(timedelta(hours=5)))
    first = build(repository, work.head(), *drafts)
    assert repository.build(work.head(), drafts, COMMITTER, local) == first
    assert repository.build(work.head(), drafts, COMMITTER, MOMENT + timedelta(seconds=1)) != first


def test_a_thousand_drafts_are_one_build(work: GitFolder) -> None:
    repository = opened(work.path)
    drafts = [draft(f"history/ns/app/t{number % 100}.yaml", b"%d" % number, f"Tag {number}") for number in range(1000)]
    made = build(repository, work.head(), *drafts)
    found = Ancestry(repository).log(made[-1], excluding=work.head())
    assert [commit.id for commit in reversed(found)] == made
    assert [commit.message for commit in reversed(found)] == [each.message for each in drafts]
    assert work.fsck() == ""


def test_no_drafts_make_no_commits(work: GitFolder) -> None:
    assert build(opened(work.path), work.head()) == []


def test_the_first_commit_of_an_empty_repository(kit: GitKit) -> None:
    empty = kit.bare("empty.git")
    (made,) = build(opened(empty.path), None, draft("a", b"1"))
    assert Ancestry(opened(empty.path)).log(made)[0].parents == ()
    assert empty.fsck() == ""


@pytest.mark.parametrize("parent", [False, True])
def test_a_repository_with_sha256_ids(kit: GitKit, *, parent: bool) -> None:
    made = kit.repository("new", "--object-format=sha256")
    head = made.commit({"x": "1"}) if parent else None
    (commit,) = build(opened(made.path), head, draft("a", b"1"))
    assert len(commit) == 64
    assert opened(made.path).commit_files(commit).entries["a"].mode == "100644"


def test_a_left_over_reference_is_not_a_parent(work: GitFolder) -> None:
    (clean,) = build(opened(work.path), None, draft("a", b"1"))
    work.git("update-ref", "refs/imagestream/pending/build", work.head())
    assert build(opened(work.path), None, draft("a", b"1")) == [clean]


def test_files_are_replaced_and_removed_and_the_rest_is_kept(work: GitFolder) -> None:
    work.write("run.sh", "1").chmod(0o755)
    head = work.commit({"keep": "1", "history/a": "1", "history/b": "1"})
    repository = opened(work.path)
    two = Draft({"history/a": None, "run.sh": b"2", "holds/a": b"h"}, JANE, "Several")
    made = build(repository, head, two, draft("history/b", None))
    found = repository.commit_files(made[-1]).entries
    assert set(found) == {"README.md", "keep", "run.sh", "holds/a"}
    assert found["run.sh"].mode == "100755"


def test_a_file_may_take_the_place_of_a_folder_that_the_draft_empties(work: GitFolder) -> None:
    head = work.commit({"a/b": "1", "c": "1"})
    repository = opened(work.path)
    swap = Draft({"a": b"file", "a/b": None, "c": None, "c/d": b"folder"}, JANE, "Swap")
    (made,) = build(repository, head, swap)
    assert set(repository.commit_files(made).entries) == {"README.md", "a", "c/d"}


@pytest.mark.parametrize(
    ("path", "blocker"), [("file/x.yaml", "file"), ("folder", "folder"), ("link", "link"), ("module/x", "module")]
)
def test_a_blocking_path_on_the_branch_is_never_replaced(work: GitFolder, path: str, blocker: str) -> None:
    work.commit({"file": "a person's", "folder/x": "a person's too"})
    (work.path / "link").symlink_to("/etc")
    work.git("add", "--", "link")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{work.head()},module")
    work.git("commit", "--quiet", "-m", "Odd")
    with pytest.raises(UsageError) as caught:
        build(opened(work.path), work.head(), draft(path, b"1"))
    assert str(caught.value) == (
        f"{path} cannot be written: {blocker} exists and is not a file that can be replaced. Move it elsewhere."
    )


@pytest.mark.parametrize("path", ["nothing", "folder", "link"])
def test_removing_a_missing_file_is_a_bug_of_the_caller(work: GitFolder, path: str) -> None:
    (work.path / "link").symlink_to("README.md")
    head = work.commit({"folder/x": "1"})
    with pytest.raises(ValueError, match=f"^{path} cannot be removed: it is not there$"):
        build(opened(work.path), head, draft(path, None))


def test_removing_a_file_twice_is_a_callers_bug(work: GitFolder) -> None:
    with pytest.raises(ValueError, match=r"^README\.md cannot be removed: it is not there$"):
        build(opened(work.path), work.head(), draft("README.md", None), draft("README.md", None))


def test_a_draft_without_files_is_a_callers_bug(work: GitFolder) -> None:
    with pytest.raises(ValueError, match=r"^a draft names at least one file$"):
        build(opened(work.path), work.head(), Draft({}, JANE, "Nothing"))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "a/../b",
        "./a",
        "a//b",
        "a/",
        ".git/config",
        "a/.GIT/hooks/x",
        ".gi\u200ct/x",
        "git~1/x",
        "a/.gitmodules",
        ".gitattributes/x",
        ".git. /x",
        ".git::$INDEX_ALLOCATION/x",
        "a\\.git\\config",
        "new\nline",
        "nul\0",
        "\udcff",
    ],
)
def test_a_path_that_git_or_a_checkout_refuses_is_refused(work: GitFolder, path: str) -> None:
    with pytest.raises(UsageError, match="is not a path for a file in a repository"):
        build(opened(work.path), work.head(), draft(path, b"1"))


def test_the_message_for_a_hostile_path(work: GitFolder) -> None:
    with pytest.raises(UsageError) as caught:
        build(opened(work.path), work.head(), draft("../x", b"1"))
    assert str(caught.value) == "'../x' is not a path for a file in a repository. Choose another name."


@pytest.mark.parametrize(
    ("person", "stored"),
    [
        (Person("a\nb", "x"), "a b <x>"),
        (Person("a<", "x"), "a <x>"),
        (Person("a", "x>y"), "a <x y>"),
        (Person(" a", "x "), "a <x>"),
        (Person("\0", ""), " <>"),
        (Person("a\ncommitter x", "\u202ey\udcff"), "a committer x <y?>"),
    ],
)
def test_an_identity_reads_back_as_it_was_stored(work: GitFolder, person: Person, stored: str) -> None:
    (commit,) = build(opened(work.path), work.head(), Draft({"a": b""}, person, "x"))
    assert work.git("cat-file", "commit", commit).splitlines()[2].startswith(f"author {stored} ")
    (read,) = Ancestry(opened(work.path)).log(commit, limit=1)
    assert read.author == person


def test_messages_that_git_cannot_store_are_refused(work: GitFolder) -> None:
    with pytest.raises(UsageError) as caught:
        build(opened(work.path), work.head(), draft("a", b"", "x\0y"))
    assert str(caught.value) == "a commit message has a NUL character, which git cannot store. Take it out."
    with pytest.raises(UsageError) as caught:
        build(opened(work.path), work.head(), draft("a", b"", "\udcff"))
    assert str(caught.value) == "a commit message is not text: surrogates not allowed. Write it in UTF-8."


def test_a_crash_of_fast_import_is_an_error_and_leaves_no_report(work: GitFolder) -> None:
    before = {path.name for path in (work.path / ".git").iterdir()}
    tree = work.git("rev-parse", "HEAD^{tree}")
    with pytest.raises(UsageError) as caught:
        build(opened(work.path), tree, draft("a", b"1"))
    assert str(caught.value) == (
        f"git fast-import failed in {work.path}: Not a valid commit: {tree}. Run git fsck there."
    )
    assert {path.name for path in (work.path / ".git").iterdir()} == before


def test_a_moment_before_1970_is_a_callers_bug(work: GitFolder) -> None:
    with pytest.raises(ValueError, match=r"^1969-01-01 00:00:00\+00:00 is before 1970"):
        opened(work.path).build(work.head(), [draft("a", b"")], COMMITTER, datetime(1969, 1, 1, tzinfo=UTC))
