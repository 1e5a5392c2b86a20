"""Files over time: versions that do not load keep the last good state, and nothing else is kept (design 3.2 rule 4).

Real commits and a pass after each. The file declares `prod` and `copy`; every spoilt version takes both out of sight.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.settings import MAX_FILE_BYTES
from tests.kit.branch import COPY, OTHER, PROD, Branch, declared, docker
from tests.kit.git import GitKit

FILE = "is.yaml"
GOOD = {"prod": docker("registry.example/app:1"), "copy": docker(OTHER)}
TEXT = declared(GOOD)

SPOILT: dict[str, str | bytes] = {
    "broken YAML": TEXT + "  - {name: [\n",
    "nothing that names our kinds": "not: [yaml\n",
    "a merge conflict": TEXT.replace("  tags:\n", "  tags:\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n"),
    "template braces": TEXT.replace("name: app", "name: '{{ app }}'"),
    "template statements": "{% if x %}\n" + TEXT + "{% endif %}\n",
    "control characters": TEXT + "# \x00\n",
    "another encoding": TEXT.encode() + "# café\n".encode("latin-1"),
    "too large": TEXT + "#" * MAX_FILE_BYTES,
    "too deep": TEXT + "x: " + "[" * 200 + "]" * 200 + "\n",
    "too many aliases": TEXT + "x: [&x 1" + ", *x" * 2_000 + "]\n",
    "a name that is a number": TEXT.replace("name: app", "name: 8"),
    "a namespace that is none": TEXT.replace("team-a", "Team_A"),
    "another apiVersion": TEXT.replace("image.openshift.io/v1", "image.openshift.io/v2"),
    "tags that are no list": TEXT.partition("  tags:\n")[0] + "  tags: {prod: {}}\n",
    "a forgotten separator": TEXT + "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\n",
    "a list without dashes": "kind: List\napiVersion: v1\nitems:\n  kind: ImageStream\n",
    "two lists": "kind: List\napiVersion: v1\nitems: []\nitems: [] # ImageStream\n",
    "names that are left out": TEXT.replace("{name: prod, ", "{").replace("{name: copy, ", "{"),
}


@pytest.fixture
def branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Branch:
    """A branch whose file declared both tags, and has been imported."""
    kit = GitKit(tmp_path).alone(monkeypatch)
    made = Branch(kit.repository())
    made.start(GOOD)
    made.put("a", "registry.example/app:1")
    made.put("b", OTHER)
    made.run()
    assert stacks(made) == ("a", "b")
    return made


def stacks(branch: Branch) -> tuple[str, str]:
    return branch.stack(PROD), branch.stack(COPY)


@pytest.mark.parametrize("how", SPOILT)
def test_a_version_that_does_not_load_moves_and_removes_nothing(branch: Branch, how: str) -> None:
    branch.git.commit({FILE: SPOILT[how]}, "Spoil it")
    branch.put("c", OTHER)
    assert branch.run().commits == ()
    assert stacks(branch) == ("a", "b")


def test_many_spoilt_versions_keep_the_last_good_one_and_the_next_good_one_counts(branch: Branch) -> None:
    for text in SPOILT.values():
        branch.git.commit({FILE: text}, "Spoil it further")
    assert branch.run().commits == ()
    branch.git.commit({FILE: declared({"prod": GOOD["prod"]})}, "Mend it, without copy")
    assert [change.tag for change in branch.run().plan.changes] == [COPY]
    assert stacks(branch) == ("a", "")


def test_what_a_good_version_took_out_is_not_kept_by_a_spoilt_one_after_it(branch: Branch) -> None:
    branch.git.commit({FILE: declared({"prod": GOOD["prod"]})}, "Take copy out")
    branch.git.commit({FILE: SPOILT["broken YAML"]}, "Spoil it before any pass")
    assert [change.tag for change in branch.run().plan.changes] == [COPY]
    assert stacks(branch) == ("a", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "kind: Deployment\napiVersion: apps/v1\n",
        "kind: Template\napiVersion: v1\nobjects: [{kind: ImageStream}]\n",
        TEXT.partition("spec:")[0],
    ],
    ids=["empty", "comments", "another kind", "a Template", "a stream without tags"],
)
def test_a_version_that_loads_and_declares_nothing_removes_what_it_declared(branch: Branch, text: str) -> None:
    branch.git.commit({FILE: text}, "Declare nothing")
    assert {change.tag for change in branch.run().plan.changes} == {PROD, COPY}
    assert stacks(branch) == ("", "")


def test_a_spoilt_file_does_not_keep_what_another_file_declared(branch: Branch) -> None:
    other = declared({"dev": docker(OTHER)})
    branch.git.commit({"other.yaml": other}, "Declare dev in another file")
    branch.run()
    branch.git.commit({FILE: SPOILT["broken YAML"], "other.yaml": "# gone\n"}, "Spoil one, empty the other")
    assert [str(change.tag) for change in branch.run().plan.changes] == ["team-a/app:dev"]
    assert stacks(branch) == ("a", "b")


def test_order_comments_and_layout_are_no_change(branch: Branch) -> None:
    reordered = declared({"copy": GOOD["copy"], "prod": GOOD["prod"]})
    for text in (reordered, "# ours\n" + TEXT, TEXT.replace("\n\n\n\n", "\n"), TEXT.replace("\n", "\r\n")):
        branch.git.commit({FILE: text}, "Write it otherwise")
        assert branch.run().commits == ()
    moved = {"a/b/c.yml": TEXT, FILE: "# moved\n"}
    branch.git.commit(moved, "Move it")
    assert branch.run().commits == ()
    assert stacks(branch) == ("a", "b")
