"""Our rules against git's own: names, identities, dates; and our commits as other tools read them."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import git
import pytest
from git import Git
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import UsageError
from reconciler.gitstore import Draft, Repository, name
from reconciler.model.person import Person
from tests.kit.git import GitFolder, GitKit

JANE = Person("Jane Doe", "jane@example.com")
_PIECE = st.sampled_from([*"ab./-~^:?*[\\@{ \x7f\t", "..", "@{", ".lock", "//", "/.", "é", "HEAD", "main", "feature/x"])


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitKit:
    return GitKit(tmp_path).alone(monkeypatch)


@pytest.fixture
def work(kit: GitKit) -> GitFolder:
    made = kit.repository()
    made.commit({"README.md": "Images\n"}, "Start")
    return made


def test_the_git_that_is_here_is_new_enough() -> None:
    text = subprocess.run(["git", "version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)", text)
    assert found is not None
    assert (int(found[1]), int(found[2])) >= (2, 39)


def test_gitpython_is_new_enough_and_uses_no_shell() -> None:
    assert tuple(int(part) for part in git.__version__.split(".")[:3]) >= (3, 1, 60)
    assert not Git.__dict__["USE_SHELL"]


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.lists(_PIECE, min_size=1, max_size=5).map("".join))
def test_a_branch_name_is_accepted_when_git_accepts_it(text: str) -> None:
    ref = subprocess.run(["git", "check-ref-format", f"refs/heads/{text}"], check=False).returncode == 0
    short = subprocess.run(["git", "check-ref-format", "--branch", text], check=False, capture_output=True)
    expected = ref and not text.startswith("-") and text not in {"@", "HEAD"}
    assert accepted(text) is expected
    assert short.returncode == 0 or not expected or "@{" in text


def accepted(text: str) -> bool:
    try:
        return name.branch(text) == text
    except UsageError:
        return False


def test_identities_and_dates_are_written_as_git_writes_them(work: GitFolder) -> None:
    repository = Repository.discover(work.path)
    moment = datetime.fromtimestamp(1790000000, UTC)
    (ours,) = repository.build(work.head(), [Draft({"a": b"1"}, JANE, "Add a\n")], JANE, moment)
    theirs = work.commit({"a": "1"}, "Add a")
    assert ours == theirs


def test_git_itself_takes_our_commits_over_any_transport_with_full_checks(work: GitFolder, kit: GitKit) -> None:
    remote = kit.bare()
    remote.git("config", "transfer.fsckObjects", "true")
    remote.git("config", "receive.fsck.zeroPaddedFilemode", "error")
    repository = Repository.discover(work.path)
    drafts = [Draft({f'history/é {number}/"q".yaml': b"x\n"}, JANE, f"Tag {number}") for number in range(150)]
    made = repository.build(work.head(), drafts, JANE, datetime.fromtimestamp(1790000000, UTC))
    work.git("push", "--quiet", str(remote.path), f"{made[-1]}:refs/heads/main")
    copy = kit.clone(remote, "copy", "-c", "transfer.fsckObjects=true")
    assert copy.head() == made[-1]
    assert (copy.path / 'history/é 7/"q".yaml').read_text() == "x\n"
    assert copy.fsck() == ""


def test_git_revert_takes_one_commit_back(work: GitFolder) -> None:
    repository = Repository.discover(work.path)
    drafts = [Draft({f"history/{tag}.yaml": b"x\n"}, JANE, f"Tag {tag}") for tag in "abc"]
    made = repository.build(work.head(), drafts, JANE, datetime.fromtimestamp(1790000000, UTC))
    repository.publish_local("main", work.head(), made[-1], tip=made[-1])
    work.git("revert", "--no-edit", made[1])
    assert set(repository.commit_files(work.head()).entries) == {"README.md", "history/a.yaml", "history/c.yaml"}
    assert repository.tip("main") == made[-1]
