"""When the reconciler's own reference is believed: anyone who may push references can move it anywhere."""

from __future__ import annotations

import pytest

from reconciler.provenance.tip import believed_tip
from reconciler.reconcile.writer import Push
from tests.kit.attacker import Forger, forged_history, forged_hold
from tests.kit.branch import PROD, Branch, word
from tests.kit.git import GitFolder, GitKit
from tests.kit.keys import ssh_key
from tests.kit.world import digest

EVIL = f"sha256:{'6' * 64}"
TIP = "refs/imagestream/tip/main"


@pytest.fixture
def remote(kit: GitKit) -> GitFolder:
    return kit.bare()


@pytest.fixture(params=["signed", "unsigned"])
def branch(kit: GitKit, remote: GitFolder, request: pytest.FixtureRequest) -> Branch:
    """A clone with a reconciler that pushes."""
    work = kit.repository()
    work.git("remote", "add", "origin", f"file://{remote.path}")
    made = Branch(work, signing=ssh_key(kit.root, "own") if request.param == "signed" else None)
    made.start()
    work.git("push", "-q", "-u", "origin", "main")
    return made


def elsewhere(kit: GitKit, branch: Branch, name: str) -> Branch:
    """A fresh clone with the same reconciler, as a job in CI is."""
    remote = GitFolder(kit.root / "remote.git", kit.environ)
    return Branch(kit.clone(remote, name), branch.shelf, branch.clock, signing=branch.signing)


def forged_tip(remote: GitFolder, files: dict[str, bytes | None]) -> str:
    """The tip at the remote, moved to a commit that the branch does not have."""
    commit = Forger(remote).commit(["main"], files, "x")
    remote.git("update-ref", TIP, commit)
    return commit


def test_a_tip_with_a_forged_hold_holds_nothing(branch: Branch, remote: GitFolder, kit: GitKit) -> None:
    branch.move("ab")
    commit = forged_tip(remote, {PROD.hold_path: forged_hold(PROD, digest("c"), "a" * 40)})
    branch.put("c")
    for each in (branch, elsewhere(kit, branch, "fresh")):
        notes = each.run().notes
        assert (each.stack(), each.held()) == ("cba", "")
    assert notes == []
    assert remote.refs()[TIP] != commit


def test_a_tip_with_a_forged_event_leaves_the_stack_and_is_reported(branch: Branch, remote: GitFolder) -> None:
    branch.move("ab")
    stack = branch.snapshot().histories[PROD].items
    commit = forged_tip(remote, {PROD.history_path: forged_history(PROD, stack, EVIL)})
    why = (
        "which no trusted key signed as the end of a pass over this branch"
        if branch.signing
        else "which the branch does not have, and never had as far as this copy of the repository knows"
    )
    result = branch.run()
    assert (branch.stack(), branch.held(), result.plan.changes) == ("ba", "", ())
    assert result.notes == [
        f"{TIP} is at {commit[:12]}, {why}. It is not believed; what was last written is read from the log."
    ]
    assert remote.refs()[TIP] == branch.git.head()
    assert branch.run().notes == []


def test_branch_and_tip_at_a_forged_event_leave_it_undone(branch: Branch, remote: GitFolder, kit: GitKit) -> None:
    """Without signing, anyone who may write both is believed."""
    branch.move("ab")
    stack = branch.snapshot().histories[PROD].items
    commit = forged_tip(remote, {PROD.history_path: forged_history(PROD, stack, EVIL)})
    remote.git("update-ref", "refs/heads/main", commit)
    fresh = elsewhere(kit, branch, "fresh")
    fresh.run()
    assert fresh.stack() == ("ba" if branch.signing else "b6ba")


def test_a_tip_that_is_gone_is_written_again(branch: Branch, remote: GitFolder, kit: GitKit) -> None:
    branch.move("ab")
    tip = remote.refs()[TIP]
    remote.git("update-ref", "-d", TIP)
    fresh = elsewhere(kit, branch, "fresh")
    result = fresh.run()
    assert (result.plan.changes, remote.refs()[TIP]) == ((), tip)
    assert result.notes == [
        f"{TIP} is missing at origin, or is not a commit; what was last written is read from the log."
    ]
    assert fresh.run().notes == []


def test_a_tip_at_the_signed_end_of_a_pass_over_another_branch_is_not_believed(kit: GitKit) -> None:
    work = kit.repository()
    branch = Branch(work, signing=ssh_key(kit.root, "own"))
    branch.start()
    branch.move("a")
    work.git("branch", "staging")
    branch.put("b")
    branch.run(branch="staging")
    work.git("update-ref", TIP, "staging")
    branch.put("c")
    branch.run()
    assert (branch.stack(), branch.held()) == ("ca", "")


def test_a_tip_that_people_left_behind_long_ago_rolls_nothing_back_again(kit: GitKit) -> None:
    branch = Branch(kit.repository(), signing=ssh_key(kit.root, "own"))
    branch.start()
    branch.move("ab")
    old = branch.git.head()
    branch.git.git("reset", "-q", "--hard", "HEAD~1")
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    branch.drop_hold()
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")
    branch.git.git("update-ref", TIP, old)
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")


def test_what_a_rewrite_dropped_is_rolled_back_without_an_author(branch: Branch) -> None:
    branch.move("ab")
    branch.git.git("reset", "-q", "--hard", "HEAD~1")
    branch.git.git("push", "-q", "--force")
    branch.run()
    assert (branch.stack(), branch.held()) == ("a", "b")
    message = branch.git.git("log", "-1", "--format=%an%n%B")
    assert message.splitlines()[:4] == [
        "imagestream",
        "Hold team-a/app:prod",
        "",
        "team-a/app:prod was rolled back to sha256:aaaaaaaaaaaa (was sha256:bbbbbbbbbbbb), by a rewrite of the branch.",
    ]
    assert "Requested-By" not in message


def test_a_copy_that_never_saw_the_branch_there_believes_only_a_signed_tip(branch: Branch, kit: GitKit) -> None:
    """Without signing, anyone who pushes references may have moved the tip to a commit that the branch lacks."""
    branch.move("ab")
    branch.git.git("reset", "-q", "--hard", "HEAD~1")
    branch.git.git("push", "-q", "--force")
    fresh = elsewhere(kit, branch, "fresh")
    fresh.run()
    assert (fresh.stack(), fresh.held()) == (("a", "b") if branch.signing else ("ba", ""))


def test_who_deletes_the_tip_hides_a_rewrite_from_a_new_copy(branch: Branch, remote: GitFolder, kit: GitKit) -> None:
    """Signed or not: only a copy of the repository that saw the commits knows that the branch had them."""
    branch.move("ab")
    branch.git.git("reset", "-q", "--hard", "HEAD~1")
    branch.git.git("push", "-q", "--force")
    remote.git("update-ref", "-d", TIP)
    fresh = elsewhere(kit, branch, "fresh")
    fresh.run()
    assert (fresh.stack(), fresh.held()) == ("ba", "")


def test_only_the_last_commit_of_a_whole_pass_names_its_branch(kit: GitKit) -> None:
    branch = Branch(kit.repository(), signing=ssh_key(kit.root, "own"))
    branch.start()
    branch.move("ab")
    branch.roll_back(PROD)
    heads = [branch.git.git("cat-file", "commit", revision).partition("\n\n")[0] for revision in ("HEAD", "HEAD~1")]
    assert ["imagestream-branch refs/heads/main" in head.splitlines() for head in heads] == [False, True]
    assert branch.git.fsck() == ""
    assert believed_tip(branch.repository(), branch.git.head(), "main").commit == branch.git.head("HEAD~1")
    assert word(branch.snapshot().histories[PROD]) == "a"


@pytest.mark.parametrize("name", ["next\u0085line", "paragraph\u2029", "caf\u00e9/m\u00fcll"])
def test_a_branch_may_have_any_name_that_git_takes(kit: GitKit, remote: GitFolder, name: str) -> None:
    """Some of them contain characters that Python takes for the end of a line."""
    work = kit.repository()
    work.git("remote", "add", "origin", f"file://{remote.path}")
    work.git("checkout", "-q", "-b", name)
    branch = Branch(work)
    branch.start()
    work.git("push", "-q", "-u", "origin", name)
    branch.put("a")
    assert (branch.run().push, branch.run().push) == (Push.DONE, Push.SKIPPED)
    assert remote.refs()[f"refs/imagestream/tip/{name}"] == remote.refs()[f"refs/heads/{name}"]
