"""The log: one git log and one reading of contents for a question, for a past of any length.

A question about the writer of a version takes a second log, which shows where own history begins. A reading takes two
commands: one for the sizes of the contents, one for the contents.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.model.stream import SpecTag
from reconciler.provenance.hold_author import find_holders
from reconciler.provenance.log import Log
from reconciler.provenance.recorded_event import recorded_events
from reconciler.provenance.tag_request import find_requests
from reconciler.provenance.timeline import timeline
from reconciler.provenance.verify import verify
from reconciler.query.find import find
from tests.kit.branch import PROD, Branch
from tests.kit.git import GitKit
from tests.kit.keys import ssh_key
from tests.kit.world import digest

READING = ("log", "cat-file", "ls-tree", "diff-tree")
_GIT = '#!/bin/sh\nprintf "%s\\n" "$*" >>"{file}"\nexec "{git}" "$@"\n'


@pytest.fixture
def branch(kit: GitKit) -> Branch:
    made = Branch(kit.repository())
    made.start()
    made.move("abc")
    made.revert()
    made.run()
    made.move("defabd")
    return made


@pytest.fixture
def counted(kit: GitKit, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], dict[str, int]]:
    """Counts the git commands that a question takes."""
    folder, file = kit.root / "shim", kit.root / "commands"
    folder.mkdir()
    (folder / "git").write_text(_GIT.format(file=file, git=shutil.which("git")), encoding="utf-8")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def count(question: Callable[[], object]) -> dict[str, int]:
        file.unlink(missing_ok=True)
        question()
        words = Counter(word for line in _lines(file) for word in line.split() if word in READING)
        return {verb: words[verb] for verb in READING if words[verb]}

    return count


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def test_a_question_about_the_past_is_one_log_and_one_reading(
    branch: Branch, counted: Callable[[Callable[[], object]], dict[str, int]]
) -> None:
    def log() -> Log:
        return Log(branch.repository(), branch.git.head())

    snapshot = branch.snapshot()
    tag: SpecTag | None = snapshot.declarations.tag(PROD)
    assert tag is not None
    found = {
        "who recorded what": counted(lambda: timeline(log(), PROD)),
        "where an image was": counted(lambda: find(log(), digest("c"))),
        "whether all is allowed": counted(lambda: verify(branch.repository(), branch.git.head())),
        "what a stream ever had": counted(lambda: recorded_events(log(), PROD.stream_name)),
        "who holds": counted(lambda: find_holders(log(), snapshot.holds)),
        "who asked": counted(lambda: find_requests(log(), snapshot.config, [(PROD, tag)])),
    }
    assert found == {
        "who recorded what": {"log": 2, "cat-file": 2, "ls-tree": 1},
        "where an image was": {"log": 2, "cat-file": 2},
        "whether all is allowed": {"log": 2, "cat-file": 2, "ls-tree": 1},  # the second: what own commits change beside
        "what a stream ever had": {"log": 2, "cat-file": 2},
        "who holds": {"log": 1},
        "who asked": {"log": 1},
    }


def test_signatures_are_checked_in_one_go(
    kit: GitKit, counted: Callable[[Callable[[], object]], dict[str, int]]
) -> None:
    branch = Branch(kit.repository(), signing=ssh_key(kit.root, "own"))
    branch.start()
    branch.move("abcdefabcdef")
    found = counted(lambda: verify(branch.repository(), branch.git.head()))
    assert found == {
        "log": 4,
        "cat-file": 3,
        "ls-tree": 1,
    }  # two of them check signatures: the first that is trusted, then the rest
