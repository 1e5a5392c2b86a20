"""Moving a local branch: compare and swap, the work tree follows, and no uncommitted change is lost."""

from __future__ import annotations

import shutil

import pytest

from reconciler.gitstore import BranchMovedError, Repository, WorkTreeError
from tests.gitstore.actor import build, draft, opened
from tests.kit.git import GitFolder, GitKit

TIP = "refs/imagestream/tip/main"
CHECKOUT = "refs/imagestream/checkout/main"
FILE = "history/team-a/app/prod.yaml"


def planned(repository: Repository, head: str, path: str = FILE, content: bytes = b"new\n") -> str:
    return build(repository, head, draft(path, content))[0]


def refs(folder: GitFolder) -> dict[str, str]:
    """All references except the notes of a publication."""
    notes = ("refs/imagestream/next/", CHECKOUT.removesuffix("main"))
    return {ref: commit for ref, commit in folder.refs().items() if not ref.startswith(notes)}


def test_a_checked_out_branch_moves_with_its_files_and_its_tip(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    made = planned(repository, head)
    repository.publish_local("main", head, made, tip=made)
    assert (work.path / FILE).read_bytes() == b"new\n"
    assert (work.head(), work.git("status", "--porcelain")) == (made, "")
    assert refs(work) == {"refs/heads/main": made, TIP: made}
    assert repository.tip("main") == made
    assert work.fsck() == ""


def test_a_branch_that_is_not_checked_out_moves_in_one_transaction(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    work.git("checkout", "--quiet", "-b", "other")
    made = planned(repository, head)
    repository.publish_local("main", head, made, tip=made)
    assert refs(work) == {"refs/heads/main": made, "refs/heads/other": head, TIP: made}
    assert work.git("status", "--porcelain") == ""


def test_a_bare_repository_and_a_detached_head_have_nothing_checked_out(work: GitFolder, remote: GitFolder) -> None:
    work.git("checkout", "--quiet", "--detach")
    for folder in (work, remote):
        repository, head = opened(folder.path), folder.head("main")
        made = planned(repository, head)
        before = (folder.path / FILE).exists()
        repository.publish_local("main", head, made, tip=made)
        assert (folder.head("main"), (folder.path / FILE).exists()) == (made, before)


@pytest.mark.parametrize("folder", ["tip", "next"])
@pytest.mark.parametrize("branch", ["main", "feature/x"])
def test_references_that_block_the_tip_are_deleted(work: GitFolder, folder: str, branch: str) -> None:
    repository, head = opened(work.path), work.head()
    work.git("branch", "feature/x")
    made = planned(repository, head)
    conflicting_tips = "main/x/y" if branch == "main" else "feature"
    work.git("update-ref", f"refs/imagestream/{folder}/{conflicting_tips}", head)
    repository.publish_local(branch, head, made, tip=made)
    assert (work.head(branch), repository.tip(branch)) == (made, made)
    assert f"refs/imagestream/{folder}/{conflicting_tips}" not in work.refs()


def test_without_a_tip_the_tip_stays(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    made = planned(repository, head)
    repository.publish_local("main", head, made)
    assert (repository.tip("main"), set(refs(work))) == (None, {"refs/heads/main"})


def test_a_branch_checked_out_in_a_linked_work_tree_moves_there(work: GitFolder, kit: GitKit) -> None:
    work.git("worktree", "add", "--quiet", "-b", "side", str(kit.root / "side tree"))
    repository, head = opened(work.path), work.head()
    made = planned(repository, head)
    side = kit.root / "side tree"
    repository.publish_local("side", head, made, tip=made)
    assert GitFolder(side, work.environ).head() == made
    assert (side / FILE).read_bytes() == b"new\n"
    assert GitFolder(side, work.environ).git("status", "--porcelain") == ""


def test_a_linked_work_tree_that_is_gone_is_refused(work: GitFolder, kit: GitKit) -> None:
    work.git("worktree", "add", "--quiet", "-b", "side", str(kit.root / "side"))
    shutil.rmtree(kit.root / "side")
    repository, head = opened(work.path), work.head()
    with pytest.raises(WorkTreeError) as caught:
        repository.publish_local("side", head, planned(repository, head))
    assert str(caught.value) == (
        f"side: is checked out in {kit.root}/side, which is not there. Bring it back or run git worktree prune."
    )
    assert work.head("side") == head


def test_a_branch_in_two_work_trees_is_refused(work: GitFolder, kit: GitKit) -> None:
    work.git("worktree", "add", "--quiet", "--force", str(kit.root / "twin"), "main")
    repository, head = opened(work.path), work.head()
    with pytest.raises(WorkTreeError) as caught:
        repository.publish_local("main", head, planned(repository, head))
    assert str(caught.value) == (
        "main: is checked out in more than one work tree. Switch all but one to another branch."
    )


def test_a_branch_that_is_being_rebased_is_refused(work: GitFolder) -> None:
    head = work.commit({"a": "1"})
    work.git("checkout", "--quiet", "-b", "side", "HEAD~1")
    work.commit({"a": "2"})
    work.raw("rebase", "main", check=False)
    repository = opened(work.path)
    old = work.head("side")
    with pytest.raises(WorkTreeError) as caught:
        repository.publish_local("side", old, planned(repository, old))
    assert str(caught.value) == "side: a rebase of it is under way. Finish it with git rebase --continue or --abort."
    assert (work.head("side"), work.head("main")) == (old, head)


def test_the_first_commit_of_a_branch_keeps_what_is_staged(kit: GitKit) -> None:
    made = kit.repository("fresh")
    made.write("mine", "staged")
    made.git("add", "mine")
    repository = opened(made.path)
    (commit,) = build(repository, None, draft(FILE, b"new\n"))
    repository.publish_local("main", None, commit, tip=commit)
    assert (made.head(), made.git("status", "--porcelain")) == (commit, "A  mine")


def test_an_untracked_file_in_the_way_of_a_first_commit_is_kept(kit: GitKit) -> None:
    made = kit.repository("fresh")
    made.write(FILE, "mine")
    repository = opened(made.path)
    (commit,) = build(repository, None, draft(FILE, b"new\n"))
    with pytest.raises(WorkTreeError, match=FILE):
        repository.publish_local("main", None, commit)
    assert ((made.path / FILE).read_text(), made.refs()) == ("mine", {})


@pytest.mark.parametrize("ignored", [False, True])
def test_an_untracked_file_in_the_way_is_refused_and_kept(work: GitFolder, *, ignored: bool) -> None:
    head = work.commit({".gitignore": "history/\n"}) if ignored else work.head()
    work.write(FILE, "mine")
    repository = opened(work.path)
    made = planned(repository, head)
    with pytest.raises(WorkTreeError) as caught:
        repository.publish_local("main", head, made, tip=made)
    assert str(caught.value) == (
        f"main: uncommitted changes are in the way in {work.path}: {FILE}. Commit, stash or move them."
    )
    assert ((work.path / FILE).read_text(), work.head()) == ("mine", head)
    assert repository.tip("main") is None


@pytest.mark.parametrize("staged", [False, True])
def test_an_uncommitted_edit_in_the_way_is_refused_and_kept(work: GitFolder, *, staged: bool) -> None:
    head = work.commit({FILE: "old\n", "other": "1"})
    work.write(FILE, "mine\n")
    if staged:
        work.git("add", FILE)
    before = work.git("status", "--porcelain")
    repository = opened(work.path)
    with pytest.raises(WorkTreeError, match=FILE):
        repository.publish_local("main", head, planned(repository, head))
    assert ((work.path / FILE).read_text(), work.head()) == ("mine\n", head)
    assert work.git("status", "--porcelain") == before


def test_edits_elsewhere_stay_as_they_are(work: GitFolder) -> None:
    head = work.commit({"other": "1", "more": "1"})
    work.write("other", "mine")
    work.write("more", "staged")
    work.git("add", "more")
    work.write("untracked", "x")
    before = work.git("status", "--porcelain")
    repository = opened(work.path)
    made = planned(repository, head)
    repository.publish_local("main", head, made)
    assert (work.head(), work.git("status", "--porcelain")) == (made, before)
    assert (work.path / "other").read_text() == "mine"


def test_many_files_in_the_way_are_counted(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    made = build(repository, head, *(draft(f"f{number}", b"1") for number in range(8)))
    for number in range(8):
        work.write(f"f{number}", "mine")
    with pytest.raises(WorkTreeError) as caught:
        repository.publish_local("main", head, made[-1])
    assert str(caught.value) == (
        f"main: uncommitted changes are in the way in {work.path}: f0, f1, f2, f3, f4 and 3 more."
        " Commit, stash or move them."
    )


def test_the_writes_of_a_killed_publication_are_undone(work: GitFolder) -> None:
    head = work.commit({"a": "old\n", "gone": "old\n", "same": "old\n"})
    repository = opened(work.path)
    drafts = [draft(path, b"killed\n") for path in (FILE, "a", "cut", "staged", "same", "new")]
    killed = build(repository, head, *drafts, draft("gone", None))[-1]
    work.git("update-ref", CHECKOUT, killed)
    for path, content in {FILE: "killed\n", "a": "killed\n", "cut": "kil", "staged": "killed\n"}.items():
        work.write(path, content)
    (work.path / "gone").unlink()
    work.git("add", "staged")
    made = build(repository, head, *(draft(path, b"later\n") for path in (FILE, "a", "staged")))[-1]
    repository.publish_local("main", head, made, tip=made)
    assert (work.head(), work.git("status", "--porcelain")) == (made, "")
    assert (work.path / "gone").exists()
    assert not (work.path / "cut").exists()
    assert refs(work) == {"refs/heads/main": made, TIP: made}


def test_a_whole_index_that_a_killed_publication_left_is_taken_back(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    killed = planned(repository, head, content=b"killed\n")
    work.git("update-ref", CHECKOUT, killed)
    work.git("read-tree", "-m", "-u", "HEAD", killed)
    made = planned(repository, head)
    repository.publish_local("main", head, made)
    assert (work.head(), work.git("status", "--porcelain")) == (made, "")


def test_the_writes_of_a_killed_first_publication_are_undone(kit: GitKit) -> None:
    fresh = kit.repository("fresh")
    repository = opened(fresh.path)
    (killed,) = build(repository, None, draft(FILE, b"killed\n"))
    fresh.git("update-ref", CHECKOUT, killed)
    fresh.write(FILE, "kill")
    (made,) = build(repository, None, draft(FILE, b"new\n"))
    repository.publish_local("main", None, made)
    assert (fresh.head(), fresh.git("status", "--porcelain")) == (made, "")


def test_a_killed_publication_does_not_excuse_an_edit(work: GitFolder, kit: GitKit) -> None:
    head = work.commit({"both": "old\n", "index": "old\n"})
    repository = opened(work.path)
    killed = build(repository, head, *(draft(path, b"killed\n") for path in ("both", "index", "link", "new")))[-1]
    work.git("update-ref", CHECKOUT, killed)
    outside = kit.folder("outside").write("link", "killed\n")
    work.write("both", "killed\nand mine\n")
    work.write("index", "mine\n")
    work.git("add", "index")
    work.write("index", "killed\n")
    (work.path / "link").symlink_to(outside)
    work.write("new", "mine\n")
    before = work.git("status", "--porcelain")
    made = build(repository, head, *(draft(path, b"later\n") for path in ("both", "index", "link", "new")))[-1]
    with pytest.raises(WorkTreeError, match=r": index, both, link, new\."):
        repository.publish_local("main", head, made)
    assert (work.git("status", "--porcelain"), work.head(), outside.read_text()) == (before, head, "killed\n")
    assert (work.path / "both").read_text() == "killed\nand mine\n"


def test_leftovers_under_a_locked_index_are_left_alone(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    killed = planned(repository, head, content=b"killed\n")
    work.git("update-ref", CHECKOUT, killed)
    work.write(FILE, "killed\n")
    work.write(".git/index.lock", "")
    with pytest.raises(WorkTreeError, match=r"index\.lock': File exists\. Remove it if no other git is at work there"):
        repository.publish_local("main", head, planned(repository, head))
    assert (work.path / FILE).read_text() == "killed\n"


def test_an_index_that_another_process_has_locked_is_named(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    lock = work.write(".git/index.lock", "")
    with pytest.raises(WorkTreeError) as caught:
        repository.publish_local("main", head, planned(repository, head))
    assert str(caught.value) == (
        f"main: cannot be moved in {work.path}: Unable to create '{lock}': File exists."
        " Remove it if no other git is at work there."
    )
    assert work.head() == head


@pytest.mark.parametrize("lock", ["HEAD.lock", "refs/heads/main.lock"])
def test_a_move_that_fails_after_the_files_were_written_is_taken_back(work: GitFolder, lock: str) -> None:
    work.commit({FILE: "old\n", "gone": "1\n", "mine": "1\n"})
    repository, head = opened(work.path), work.head()
    changes = {FILE: b"new\n", "gone": None, "folder/added": b"2\n"}
    made = build(repository, head, *(draft(path, content) for path, content in changes.items()))[-1]
    work.write("mine", "2\n")
    work.write("untracked", "3\n")
    before = work.git("status", "--porcelain")
    held = work.write(f".git/{lock}", "")
    with pytest.raises(WorkTreeError) as caught:
        repository.publish_local("main", head, made, tip=made)
    assert f"{lock}': File exists. Remove it if no other git is at work there." in str(caught.value)
    assert (work.head(), work.git("status", "--porcelain")) == (head, before)
    held.unlink()
    repository.publish_local("main", head, made, tip=made)
    assert (work.head(), work.git("status", "--porcelain"), repository.tip("main")) == (made, before, made)


CONVERSIONS: dict[str, tuple[str, dict[str, str]]] = {
    "core.autocrlf": ("", {"core.autocrlf": "true"}),
    "eol": ("* text eol=crlf\n", {}),
    "an encoding": ("history/** text working-tree-encoding=UTF-16LE-BOM\n", {}),
    "ident": ("* ident\n", {}),
    "a filter": ("* filter=case\n", {"filter.case.smudge": "sed s/old/OLD/", "filter.case.clean": "sed s/OLD/old/"}),
}


@pytest.mark.parametrize("how", CONVERSIONS)
def test_files_that_git_writes_otherwise_than_they_are_stored_are_taken_back(work: GitFolder, how: str) -> None:
    attributes, settings = CONVERSIONS[how]
    work.commit({FILE: "old $Id$\n", "gone": "1\n"})
    for key, value in settings.items():
        work.git("config", key, value)
    work.write(".git/info/attributes", attributes)
    work.git("rm", "--quiet", "-r", "--cached", ".")
    work.git("reset", "--quiet", "--hard")
    repository, head = opened(work.path), work.head()
    changes = {FILE: b"new old $Id$\n", "gone": None, "folder/added": b"2 old $Id$\n"}
    made = build(repository, head, *(draft(path, content) for path, content in changes.items()))[-1]
    held = work.write(".git/HEAD.lock", "")
    with pytest.raises(WorkTreeError, match=r"HEAD\.lock"):
        repository.publish_local("main", head, made)
    assert (work.head(), work.git("status", "--porcelain")) == (head, "")
    held.unlink()
    repository.publish_local("main", head, made)
    assert (work.head(), work.git("status", "--porcelain")) == (made, "")


@pytest.mark.parametrize("date", ["yesterday-ish", "99999999999999 +0000", ""])
def test_dates_in_the_environment_that_git_cannot_read_stop_nothing(
    work: GitFolder, monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", date)
    monkeypatch.setenv("GIT_AUTHOR_DATE", date)
    repository, head = opened(work.path), work.head()
    made = planned(repository, head)
    repository.publish_local("main", head, made, tip=made)
    assert (work.head(), work.git("status", "--porcelain"), str(repository.author())) == (
        *(made, ""),
        "Jane Doe <jane@example.com>",
    )


def test_a_read_only_folder_leaves_only_writes_that_the_next_move_undoes(
    work: GitFolder,
) -> None:
    work.commit({"a": "old\n", "folder/b": "old\n"})
    repository, head = opened(work.path), work.head()
    made = build(repository, head, draft("a", b"new\n"), draft("folder/b", b"new\n"))[-1]
    (work.path / "folder").rename(work.path / "aside")
    (work.path / "folder").write_text("a file where git needs a folder\n")
    with pytest.raises(WorkTreeError):
        repository.publish_local("main", head, made)
    assert work.head() == head
    (work.path / "folder").unlink()
    (work.path / "aside").rename(work.path / "folder")
    assert work.git("status", "--porcelain") == ""
    repository.publish_local("main", head, made)
    assert (work.head(), work.git("status", "--porcelain")) == (made, "")


def test_a_locked_note_of_the_checkout_stops_before_anything_is_written(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    work.write(".git/refs/imagestream/checkout/main.lock", "")
    with pytest.raises(WorkTreeError, match=r"File exists\. Remove it if no other git is at work there"):
        repository.publish_local("main", head, planned(repository, head))
    assert (work.head(), work.git("status", "--porcelain")) == (head, "")


def test_a_merge_that_is_not_concluded_is_left_alone(work: GitFolder) -> None:
    work.git("checkout", "--quiet", "-b", "side")
    work.commit({"a": "1"})
    work.git("checkout", "--quiet", "main")
    head = work.commit({"b": "1"})
    work.git("merge", "--quiet", "--no-commit", "side")
    repository = opened(work.path)
    with pytest.raises(WorkTreeError, match="You have not concluded your merge"):
        repository.publish_local("main", head, planned(repository, head))
    assert work.head() == head


def test_options_of_the_user_for_merges_change_nothing(work: GitFolder) -> None:
    for key, value in {
        "branch.main.mergeOptions": "--no-ff --squash --strategy=ours",
        "merge.ff": "false",
        "merge.autoStash": "true",
        "merge.verifySignatures": "true",
        "commit.gpgSign": "true",
    }.items():
        work.git("config", key, value)
    repository, head = opened(work.path), work.head()
    made = planned(repository, head)
    repository.publish_local("main", head, made)
    assert (work.head(), work.git("status", "--porcelain"), work.git("stash", "list")) == (made, "", "")


@pytest.mark.parametrize("checked_out", [False, True])
def test_a_branch_that_moved_is_not_overwritten(work: GitFolder, *, checked_out: bool) -> None:
    repository, head = opened(work.path), work.head()
    made = planned(repository, head)
    theirs = work.commit({"theirs": "1"})
    if not checked_out:
        work.git("checkout", "--quiet", "--detach")
    with pytest.raises(BranchMovedError) as caught:
        repository.publish_local("main", head, made, tip=made)
    why = (
        "it is at another commit than the one that was planned on"
        if checked_out
        else f"prepare: cannot lock ref 'refs/heads/main': is at {theirs} but expected {head}"
    )
    assert str(caught.value) == f"main: the branch was not moved: {why}. Plan again on what is there now."
    assert (work.head("main"), repository.tip("main")) == (theirs, None)


def test_a_branch_that_appeared_is_not_overwritten(work: GitFolder) -> None:
    repository = opened(work.path)
    (made,) = build(repository, None, draft("a", b"1"))
    work.git("branch", "side")
    with pytest.raises(BranchMovedError, match="reference already exists"):
        repository.publish_local("side", None, made)
    assert work.head("side") == work.head()


def test_a_commit_that_does_not_descend_from_the_old_one_is_a_callers_bug(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    (stranger,) = build(repository, None, draft("a", b"1"))
    with pytest.raises(ValueError, match=f"^{stranger} does not descend from {head}: the branch would be forced$"):
        repository.publish_local("main", head, stranger)


def test_a_hostile_branch_name_never_reaches_git(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    for name in ("-d", "a b", "a\nupdate refs/heads/main", "../../HEAD", "x.lock", "@{u}", ""):
        with pytest.raises(Exception, match="is not a branch name"):
            repository.publish_local(name, None, head)
    assert set(work.refs()) == {"refs/heads/main"}


def test_fast_forward_says_whether_it_could(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    made = planned(repository, head)
    work.write(FILE, "mine")
    assert repository.fast_forward("main", made, tip=made) == (
        f"main: uncommitted changes are in the way in {work.path}: {FILE}. Commit, stash or move them."
    )
    assert ((work.path / FILE).read_text(), work.head(), repository.tip("main")) == ("mine", head, None)
    (work.path / FILE).unlink()
    assert repository.fast_forward("main", made, tip=made) is None
    assert repository.fast_forward("main", made) is None
    assert (work.head(), repository.tip("main")) == (made, made)
    assert repository.fast_forward("main", head) == (
        "main: it has commits that were not pushed. Run git pull --rebase."
    )
    assert repository.fast_forward("new", head) is None
    assert work.head("new") == head


def test_an_intention_counts_only_once_the_branch_has_it(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    made = planned(repository, head)
    work.git("update-ref", TIP, head)
    work.git("update-ref", "refs/imagestream/next/main", made)
    assert repository.tip("main") == head
    work.git("merge", "--quiet", "--ff-only", made)
    assert repository.tip("main") == made
    again = planned(repository, made, "other")
    repository.publish_local("main", made, again, tip=again)
    assert refs(work) == {"refs/heads/main": again, TIP: again}


def test_an_intention_that_came_true_is_not_forgotten_by_the_next_one(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    work.git("update-ref", TIP, head)
    done = planned(repository, head)
    work.git("update-ref", "refs/imagestream/next/main", done)
    work.git("merge", "--quiet", "--ff-only", done)
    work.write("mine", "in the way")
    with pytest.raises(WorkTreeError):
        repository.publish_local("main", done, planned(repository, done, "mine"), tip=planned(repository, done, "mine"))
    assert (repository.tip("main"), refs(work)[TIP]) == (done, done)


def test_an_edit_after_a_refusal_is_not_taken_for_a_leftover(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    made = planned(repository, head)
    work.write(FILE, "mine")
    with pytest.raises(WorkTreeError):
        repository.publish_local("main", head, made)
    work.write(FILE, "new\n")
    with pytest.raises(WorkTreeError):
        repository.publish_local("main", head, made)
    assert (work.path / FILE).read_text() == "new\n"


@pytest.mark.parametrize("ref", ["heads/main", "imagestream/tip/main", "imagestream/next/main"])
def test_a_lock_that_a_killed_git_left_is_named(work: GitFolder, ref: str) -> None:
    work.git("checkout", "--quiet", "--detach")
    repository, head = opened(work.path), work.head()
    lock = work.write(f".git/refs/{ref}.lock", "")
    made = planned(repository, head)
    with pytest.raises(WorkTreeError) as caught:
        repository.publish_local("main", head, made, tip=made)
    assert str(caught.value) == (
        f"main: cannot be moved: prepare: cannot lock ref 'refs/{ref}': Unable to create '{lock}': File exists."
        " Remove it if no other git is at work there."
    )
    assert work.head("main") == head


def test_the_tip_of_a_rewritten_branch_is_still_the_tip(work: GitFolder) -> None:
    repository, head = opened(work.path), work.head()
    made = planned(repository, head)
    repository.publish_local("main", head, made, tip=made)
    work.git("reset", "--quiet", "--hard", head)
    assert (repository.tip("main"), repository.is_ancestor(made, head)) == (made, False)


def test_a_tip_that_is_not_a_commit_does_not_count(work: GitFolder) -> None:
    work.git("update-ref", TIP, work.git("rev-parse", "HEAD:README.md"))
    assert opened(work.path).tip("main") is None
