"""A repository's place, branches, commits, author and upstream."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from reconciler.errors import UnavailableError, UsageError
from reconciler.gitstore import Repository, Upstream
from reconciler.gitstore.ancestry import Ancestry
from reconciler.model.person import Person
from tests.gitstore.actor import opened, upstream_of
from tests.kit.git import GitFolder, GitKit

_NAMELESS = "is not the name of a remote. Add it with git remote add and set the upstream again."


def test_a_repository_is_found_from_any_folder_in_it(work: GitFolder) -> None:
    work.write("a/b/c.yaml", "")
    with Repository.discover(work.path / "a/b") as found:
        assert (found.path, found.bare) == (work.path, False)


def test_a_bare_repository_is_its_own_place(remote: GitFolder) -> None:
    found = opened(remote.path)
    assert (found.path, found.bare) == (remote.path, True)
    assert found.work_tree_files().paths == ()


def test_a_folder_outside_git_is_refused(kit: GitKit) -> None:
    folder = kit.folder("plain").path
    with pytest.raises(UsageError) as caught:
        opened(folder)
    assert str(caught.value) == (f"{folder} is not a git repository. Run git init there, or name a repository with -C.")


def test_a_folder_that_is_not_there_is_refused(kit: GitKit) -> None:
    missing = kit.root / "missing"
    with pytest.raises(UsageError) as caught:
        opened(missing)
    assert str(caught.value) == (
        f"{missing} cannot be used as a git repository: cannot change to '{missing}': No such file or directory."
    )


def test_a_folder_inside_the_git_directory_is_refused(work: GitFolder) -> None:
    with pytest.raises(UsageError) as caught:
        opened(work.path / ".git")
    assert str(caught.value) == f"{work.path}/.git is inside a git directory. Go to the work tree."


def test_a_linked_work_tree_is_a_repository_with_its_own_branch(work: GitFolder, kit: GitKit) -> None:
    work.git("worktree", "add", "--quiet", "-b", "side", str(kit.root / "side"))
    found = opened(kit.root / "side")
    assert (found.path, found.current_branch()) == (kit.root / "side", "side")


def test_a_folder_with_a_newline_in_its_name_is_found(kit: GitKit) -> None:
    made = kit.repository("odd\nname")
    assert opened(made.path).path == made.path


def test_the_branch_is_known_before_its_first_commit_and_unknown_when_detached(kit: GitKit) -> None:
    made = kit.repository()
    assert opened(made.path).current_branch() == "main"
    made.commit()
    made.git("checkout", "--quiet", "--detach")
    assert opened(made.path).current_branch() is None


def test_a_revision_means_a_commit_or_none(work: GitFolder) -> None:
    repository = opened(work.path)
    work.git("tag", "-a", "-m", "v1", "v1")
    assert repository.resolve("main") == repository.resolve("v1") == repository.resolve(work.head()[:8]) == work.head()
    assert repository.resolve("nothing") is None
    assert repository.resolve("HEAD:README.md") is None


@pytest.mark.parametrize(
    "text", ["v1", "v1-again", "HEAD", "@", "main@{0}", "@{-1}", ":/Start", "HEAD^{/Start}", "v1^{}", "HEAD^0"]
)
def test_every_name_of_one_commit_is_that_commit(work: GitFolder, text: str) -> None:
    work.git("tag", "-a", "-m", "v1", "v1")
    work.git("tag", "-a", "-m", "again", "v1-again", "v1")
    work.git("checkout", "--quiet", "-b", "other")
    work.git("checkout", "--quiet", "main")
    assert opened(work.path).commit(text) == work.head()


@pytest.mark.parametrize(
    "text",
    [
        *("nothing", "HEAD^{tree}", "HEAD:", "HEAD:README.md", ":README.md", "HEAD^", "main@{u}", "@{-1}"),
        *("HEAD..HEAD", "HEAD...v1", "HEAD^@", "HEAD^!", "HEAD^-", "HEAD main", "blob", "0" * 40, "HEAD:x"),
    ],
)
def test_a_name_of_no_commit_or_of_several_is_refused_in_the_same_words(work: GitFolder, text: str) -> None:
    work.commit({"x^{commit}": "a file named like git's own suffix"})
    work.git("reset", "--quiet", "--soft", "HEAD")
    work.git("checkout", "--quiet", "--orphan", "lone")
    work.git("update-ref", "refs/heads/lone", work.git("commit-tree", "-m", "Lone", "main^{tree}"))
    work.git("update-ref", "refs/tags/blob", work.git("rev-parse", "HEAD:README.md"))
    with pytest.raises(UsageError) as caught:
        opened(work.path).commit(text)
    assert str(caught.value) == f"{text!r} is not a commit of {work.path}. Name a branch, a tag or a commit."


@pytest.mark.parametrize("text", ["", "-rf", "--output=/tmp/x", "--", "--all", "^HEAD", "a\nb", "a\0b", "\udcff"])
def test_text_that_cannot_be_a_revision_is_refused(work: GitFolder, text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a revision\. Write a branch, a tag or a commit\."):
        opened(work.path).resolve(text)


def test_the_message_for_a_hostile_revision_is_one_line(work: GitFolder) -> None:
    with pytest.raises(UsageError) as caught:
        opened(work.path).resolve("--output=x\n\x1b[31mred")
    assert str(caught.value) == "'--output=x red' is not a revision. Write a branch, a tag or a commit."


def test_a_branch_named_like_an_option_is_seen_and_refused(work: GitFolder) -> None:
    work.git("update-ref", "refs/heads/--force", work.head())
    work.git("symbolic-ref", "HEAD", "refs/heads/--force")
    repository = opened(work.path)
    assert repository.current_branch() == "--force"
    with pytest.raises(UsageError) as caught:
        repository.tip("--force")
    assert str(caught.value) == "'--force' is not a branch name. Write a short name such as main."


def test_the_upstream_comes_from_the_configuration(work: GitFolder, remote: GitFolder) -> None:
    assert remote.head("main")
    assert opened(work.path).upstream("main") == Upstream("origin", "main", "refs/remotes/origin/main", "main")


def test_the_upstream_of_a_clone_of_an_empty_remote_is_known(kit: GitKit) -> None:
    empty = kit.clone(kit.bare(), "empty")
    found = upstream_of(opened(empty.path))
    assert (str(found), found.tracking) == ("origin/main", "refs/remotes/origin/main")


def test_a_branch_without_an_upstream_at_a_remote_has_none(work: GitFolder) -> None:
    repository = opened(work.path)
    assert repository.upstream("main") is None
    work.git("branch", "--track", "side", "main")
    assert repository.upstream("side") is None


def test_an_upstream_under_another_name_and_refspec_is_followed(work: GitFolder, remote: GitFolder) -> None:
    work.git("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/far/away/*")
    work.git("config", "branch.side.remote", "origin")
    work.git("config", "branch.side.merge", "refs/heads/main")
    found = upstream_of(opened(work.path), "side")
    assert (found.branch, found.local, found.tracking) == ("main", "side", "refs/remotes/far/away/main")
    assert opened(work.path).fetch(found).commit == remote.head("main")


@pytest.mark.parametrize(
    ("refspecs", "tracking"),
    [
        (["^refs/heads/x", "+refs/heads/main:refs/remotes/one"], "refs/remotes/one"),
        (["refs/heads/ma*:refs/remotes/o/ma*", "refs/heads/*:refs/remotes/p/*"], "refs/remotes/o/main"),
        (["refs/heads/other:refs/remotes/o/other", "refs/heads/main"], "refs/remotes/origin/main"),
    ],
)
def test_the_tracking_reference_follows_the_refspecs(
    work: GitFolder, remote: GitFolder, refspecs: list[str], tracking: str
) -> None:
    assert remote.head("main")
    work.git("config", "--unset-all", "remote.origin.fetch")
    for refspec in refspecs:
        work.git("config", "--add", "remote.origin.fetch", refspec)
    assert upstream_of(opened(work.path)).tracking == tracking


def test_credentials_in_the_url_are_not_shown(work: GitFolder, remote: GitFolder) -> None:
    work.git("config", "remote.origin.url", "https://jane:secret@git.example.com/a/b.git?token=x")
    assert remote.head("main")
    upstream = upstream_of(opened(work.path))
    assert upstream.remote == "origin"
    assert "secret" not in repr(upstream)


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("branch.main.remote", "--upload-pack=x", f"'--upload-pack=x' {_NAMELESS}"),
        ("branch.main.remote", "https://jane:secret@git.example.com/x", f"'https://git.example.com/x' {_NAMELESS}"),
        (
            "branch.main.remote",
            "nowhere",
            "main: its upstream is on nowhere, which has no URL. Add it with git remote add.",
        ),
        (
            "branch.main.merge",
            "refs/tags/v1",
            "main: its upstream refs/tags/v1 is not a branch. Set another one with git branch --set-upstream-to.",
        ),
    ],
)
def test_an_upstream_that_cannot_be_used_is_refused(
    work: GitFolder, remote: GitFolder, key: str, value: str, text: str
) -> None:
    assert remote.head("main")
    work.git("config", key, value)
    with pytest.raises(UsageError) as caught:
        opened(work.path).upstream("main")
    assert str(caught.value) == text


def test_the_author_is_the_person_that_git_names(work: GitFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(work.path).author() == Person("Jane Doe", "jane@example.com")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "José  Ünïcode")
    assert opened(work.path).author() == Person("José  Ünïcode", "jane@example.com")


def test_without_an_identity_the_message_has_advice(work: GitFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GIT_AUTHOR_NAME")
    monkeypatch.delenv("GIT_AUTHOR_EMAIL")
    work.git("config", "user.useConfigOnly", "true")
    with pytest.raises(UsageError) as caught:
        opened(work.path).author()
    assert str(caught.value) == (
        "git does not know who you are: no email was given and auto-detection is disabled."
        " Run git config --global user.name NAME and git config --global user.email ADDRESS."
    )


def test_a_shallow_clone_knows_it_and_deepens(kit: GitKit, work: GitFolder, remote: GitFolder) -> None:
    work.commit({"a": "1"})
    work.git("push", "--quiet")
    shallow = kit.clone(remote, "shallow", "--depth=1")
    repository = opened(shallow.path)
    assert repository.is_shallow()
    repository.deepen("origin")
    assert not repository.is_shallow()
    assert len(Ancestry(repository).log("HEAD")) == 2


def test_a_shallow_clone_whose_remote_is_away_says_so(kit: GitKit, work: GitFolder, remote: GitFolder) -> None:
    work.commit({"a": "1"})
    work.git("push", "--quiet")
    shallow = kit.clone(remote, "shallow", "--depth=1")
    remote.path.rename(kit.root / "away.git")
    with pytest.raises(UnavailableError, match="origin: the remote cannot be reached: "):
        opened(shallow.path).deepen("origin")


def test_the_commit_of_a_moment_is_found_along_first_parents(work: GitFolder) -> None:
    repository = opened(work.path)
    first = Ancestry(repository).log("HEAD")[0]
    moment = _moment(first.committer_date)
    ancestry = Ancestry(repository)
    assert ancestry.commit_at("main", moment) == first.id
    assert ancestry.commit_at("main", moment.replace(year=2020)) is None
    assert ancestry.commit_at("main", moment.replace(year=1)) is None
    assert ancestry.commit_at("main", moment.replace(year=9999)) == first.id
    with pytest.raises(UsageError) as caught:
        Ancestry(repository).commit_at("nothing", moment)
    assert str(caught.value) == "nothing: bad revision 'nothing'. Name a branch, a tag or a commit."


def test_without_git_there_is_one_line(work: GitFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError) as caught:
        opened(work.path)
    assert str(caught.value) == "git was not found on the PATH. Install git 2.39 or newer."


def test_without_git_the_package_is_imported_all_the_same(kit: GitKit) -> None:
    code = (
        "import pathlib, reconciler.gitstore as g\n"
        "try: g.Repository.discover(pathlib.Path('/'))\n"
        "except Exception as e: print(e)"
    )
    environ = kit.environ | {"PATH": str(kit.root)}
    top = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, cwd=top, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("git was not found on the PATH. Install git 2.39 or newer.\n", "")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
