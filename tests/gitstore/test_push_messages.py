"""Messages of hosts about pushes, as they are sent, and their meanings."""

from __future__ import annotations

import pytest

from reconciler.gitstore import PushStatus
from reconciler.gitstore.command import GitResult
from reconciler.gitstore.push_messages import COMPLAINTS, REASONS, REMOTE_LINES, find
from reconciler.gitstore.push_report import PushReport, RefUpdate, read_report

_TIP = RefUpdate("refs/imagestream/tip/main", None, "2" * 40)
_MAIN = RefUpdate("refs/heads/main", "1" * 40, "2" * 40)


def report(branch: str, tip: str = "", err: str = "") -> PushReport:
    """A push of both references with these summaries, as `--porcelain` prints them."""
    lines = ["To https://git.example.com/a/b.git"]
    lines += [f"!\tx:refs/heads/main\t{branch}"] if branch else []
    lines += [f"!\tx:refs/imagestream/tip/main\t{tip}"] if tip else []
    return read_report(GitResult(1, "\n".join((*lines, "Done", "")).encode(), err, 1), (_MAIN, _TIP))


@pytest.mark.parametrize(
    ("branch", "tip", "err", "status"),
    [
        ("[rejected] (fetch first)", "[rejected] (atomic push failed)", "", PushStatus.MOVED),
        ("[rejected] (non-fast-forward)", "", "", PushStatus.MOVED),
        ("[rejected] (atomic push failed)", "[rejected] (stale info)", "", PushStatus.MOVED),
        ("[remote rejected] (failed to update ref)", "", "", PushStatus.MOVED),
        ("[remote rejected] (cannot lock ref 'refs/heads/main': is at 1 but expected 2)", "", "", PushStatus.MOVED),
        ("[remote rejected] (incorrect old value provided)", "", "", PushStatus.MOVED),
        ("[remote rejected] (reference already exists)", "", "", PushStatus.MOVED),
        ("[remote rejected] (TF401028: The reference 'refs/heads/main' has already been updated by another client)",
         "", "", PushStatus.MOVED),
        ("[remote rejected] (atomic transaction failed)", "[remote rejected] (atomic transaction failed)",
         "remote: error: cannot lock ref 'refs/heads/main': is at 1 but expected 2\n", PushStatus.MOVED),
        ("[remote rejected] (atomic transaction failed)", "[remote rejected] (atomic transaction failed)", "",
         PushStatus.MOVED),
        ("[remote rejected] (atomic transaction failed)", "[remote rejected] (atomic transaction failed)",
         "remote: error: cannot lock ref 'refs/x/tip': 'refs/x' exists; cannot create 'refs/x/tip'\n",
         PushStatus.REFUSED),
        ("[remote rejected] (pre-receive hook declined)", "[remote rejected] (pre-receive hook declined)",
         "remote: GitLab: You are not allowed to push code to protected branches on this project.\n",
         PushStatus.REFUSED),
        ("[remote rejected] (protected branch hook declined)", "", "remote: error: GH006: Protected branch\n",
         PushStatus.REFUSED),
        ("[remote rejected] (push declined due to repository rule violations)", "", "", PushStatus.REFUSED),
        ("[remote rejected] (atomic push failure)", "[remote rejected] (deny updating a hidden ref)", "",
         PushStatus.REFUSED),
        ("[remote rejected] (prohibited by Gerrit: not permitted: update)", "", "", PushStatus.REFUSED),
        ("[remote rejected] (TF402455: Pushes to this branch are not permitted)", "", "", PushStatus.REFUSED),
        ("[remote rejected] (unknown words)", "", "", PushStatus.REFUSED),
        ("[remote rejected] (atomic push failure)", "[remote rejected] (non-fast-forward)", "", PushStatus.REFUSED),
        ("[remote rejected] (Internal Server Error)", "", "", None),
        ("[remote failure] (remote failed to report status)", "", "", None),
        ("", "", "fatal: the receiving end does not support --atomic push\n", PushStatus.REFUSED),
        ("", "", "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.\n",
         PushStatus.REFUSED),
        ("", "", "remote: denied to c.\nfatal: unable to access 'https://x/': The requested URL returned error: 403\n",
         PushStatus.REFUSED),
        ("", "", "fatal: could not read Username for 'https://github.com': terminal prompts disabled\n",
         PushStatus.REFUSED),
        ("", "", "fatal: unable to access 'https://x/': Could not resolve host: x\n", PushStatus.UNAVAILABLE),
        ("", "", "ssh: connect to host x port 22: Connection refused\n", PushStatus.UNAVAILABLE),
        ("", "", "fatal: the remote end hung up unexpectedly\n", None),
        ("", "", "error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502\n", None),
        ("", "", "fatal: no answer within 120 seconds\n", None),
    ],
)  # fmt: skip
def test_each_message_of_a_host_has_one_meaning(branch: str, tip: str, err: str, status: PushStatus | None) -> None:
    assert report(branch, tip, err).status is status


def test_a_hook_cannot_make_a_refusal_look_like_a_move_by_its_words_alone() -> None:
    said = "remote: Please fetch first, this is a non-fast-forward kind of day\n"
    assert report("[remote rejected] (pre-receive hook declined)", err=said).status is PushStatus.REFUSED


def test_a_reason_may_have_brackets_of_its_own() -> None:
    assert report("[remote rejected] (no (really) no)").why == "no (really) no"


def test_every_row_is_found_by_its_own_words_in_any_case() -> None:
    for table in (REASONS, REMOTE_LINES, COMPLAINTS):
        for row in table:
            assert find(table, f"x {row.words.upper()} y") is row.status
            assert row.host
