"""verify, in files that are no histories and holds: a commit of the reconciler changes nothing but what it names."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

import pytest

from reconciler.documents.edit.target.field_difference import FieldContent, differs_only_at
from reconciler.gitstore import Draft
from reconciler.model.change import Change, ImageEdit, Move, Retarget
from reconciler.model.config import CommitStyle, Signing
from reconciler.model.finding import Position
from reconciler.model.history import Cause, TagEvent, TagHistory
from reconciler.model.image_field import ImageField, parse_name
from reconciler.provenance.verify import Verdict, verify
from reconciler.reconcile.apply import draft
from reconciler.reconcile.field_edit import EditedFiles
from tests.kit.branch import BOT, ONE, PROD, Branch, docker
from tests.kit.git import GitKit
from tests.kit.keys import ssh_key
from tests.kit.world import digest

APP = "apps/team #1/app.yaml"
PATH = ("spec", "template", "spec", "containers", 0, "image")
FIELD = ImageField(APP, 0, PATH, PROD, None, Position(APP))
NAME = "apps/team%20%231/app.yaml#spec.template.spec.containers[0].image"


def deployment(image: str, replicas: int = 1) -> str:
    return (
        "apiVersion: apps/v1\nkind: Deployment\n"
        "metadata: {name: app, namespace: team-a}  # ours\n"
        f"spec:\n  replicas: {replicas}\n"
        "  template:\n    spec:\n      containers:\n"
        f'      - name: app\n        image: "{image}"   # keep\n'
    )


def spec(letter: str) -> str:
    return f"registry.example/app@{digest(letter)}"


def event(branch: Branch, letter: str) -> Move:
    """The change that puts an image on top, as a pass makes it."""
    items = branch.snapshot().histories[PROD].items
    new = TagEvent(digest(letter), spec(letter), "2026-11-23T09:00:00Z", items[0].generation + 1, None, Cause.SCHEDULED)
    return Move(tag=PROD, previous=items[0].identity, history=TagHistory(PROD, (new, *items)))


def retarget(branch: Branch) -> Retarget:
    top = branch.snapshot().histories[PROD].items[0].identity
    return Retarget(tag=PROD, image=top, previous=top)


def made(branch: Branch, change: Change, value: str, field: ImageField = FIELD) -> Draft:
    """The commit of a change that writes one field."""
    edited = dataclasses.replace(change, edits=(ImageEdit(field, value),))
    workloads = EditedFiles(branch.repository(), branch.git.head())
    return draft([edited], CommitStyle(), BOT, workloads)


def built(
    branch: Branch, made_draft: Draft, files: Mapping[str, bytes | None] | None = None, signing: Signing | None = None
) -> str:
    """The commit of a draft, with further files, on top of the branch."""
    whole = dataclasses.replace(made_draft, files={**made_draft.files, **(files or {})})
    (commit,) = branch.repository().build(branch.git.head(), [whole], BOT, branch.clock.now(), signing)
    branch.git.git("merge", "-q", "--ff-only", commit)
    return commit


def verdict(branch: Branch, signing: Signing | None = None) -> Verdict:
    repository = branch.repository() if signing is None else dataclasses.replace(branch, signing=signing).repository()
    return verify(repository, branch.git.head())


def rules(found: Verdict) -> list[tuple[str, bool]]:
    return [(each.rule, each.undone_by is not None) for each in found.breaks]


@pytest.fixture
def workload(branch: Branch) -> Branch:
    """A branch with a history and a workload that follows it."""
    branch.git.commit({APP: deployment("none")}, "Add the workload")
    branch.move("a")
    return branch


# What is allowed.


def test_a_value_in_the_commit_of_its_event_is_proved(workload: Branch) -> None:
    built(workload, made(workload, event(workload, "b"), spec("b")))
    built(workload, made(workload, event(workload, "c"), spec("c")))
    found = verdict(workload)
    assert (found.breaks, found.fields) == ([], 2)
    assert f'"{spec("c")}"   # keep' in (workload.git.path / APP).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "value", [spec("a"), digest("a"), "registry.example/app", f"registry.example/app:1@{digest('a')}"]
)
def test_a_commit_that_only_writes_a_field_is_proved_too(workload: Branch, value: str) -> None:
    built(workload, made(workload, retarget(workload), value))
    assert (verdict(workload).breaks, verdict(workload).fields) == ([], 1)


def test_a_version_is_the_one_that_the_source_names(workload: Branch) -> None:
    built(workload, made(workload, retarget(workload), "1"))
    assert rules(verdict(workload)) == []
    built(workload, made(workload, retarget(workload), "2"))
    assert rules(verdict(workload)) == [("foreign-value", False)]


def test_a_key_that_was_missing_is_proved(workload: Branch) -> None:
    workload.git.commit({"values.yaml": "image:\n  tag: '1'  # {}\nother: 1\n"}, "Values")
    field = ImageField("values.yaml", 0, ("image", "digest"), PROD, None, Position("values.yaml"))
    built(workload, made(workload, retarget(workload), digest("a"), field))
    assert (verdict(workload).breaks, verdict(workload).fields) == ([], 1)


def test_a_person_may_change_workloads_and_revert_commits(workload: Branch) -> None:
    built(workload, made(workload, event(workload, "b"), spec("b")))
    workload.revert()
    workload.git.commit({APP: deployment("mine", 3), "more.txt": "x"}, "By hand")
    workload.run()
    assert rules(verdict(workload)) == []


def test_a_roll_back_that_freezes_is_allowed(workload: Branch) -> None:
    workload.move("b")
    workload.roll_back(PROD, freeze=True)
    assert rules(verdict(workload)) == []


# What is not.


def test_a_file_that_the_trailers_do_not_name_is_a_break(workload: Branch) -> None:
    commit = built(workload, made(workload, event(workload, "b"), spec("b")), {"rbac.yaml": b"kind: Role\n"})
    (found,) = verdict(workload).breaks
    assert found.message == (
        f"team-a/app:prod: commit {commit[:12]} by imagestream changes a file that its trailers do not name: rbac.yaml."
    )
    workload.git.git("rm", "-q", "rbac.yaml")
    undoing = workload.git.commit(message="Take it out")
    (found,) = verdict(workload).breaks
    assert found.undone_by == undoing
    workload.git.commit({"rbac.yaml": "kind: Role\n"}, "Put it back")
    assert rules(verdict(workload)) == [("foreign-file", False)]


def test_the_history_of_a_tag_that_the_trailers_do_not_name_is_a_break(workload: Branch) -> None:
    other = dataclasses.replace(PROD, tag="other")
    data = (workload.git.path / PROD.history_path).read_bytes().replace(b"prod", b"other")
    built(workload, made(workload, retarget(workload), spec("a")), {other.history_path: data})
    assert ("foreign-file", False) in rules(verdict(workload))


def test_more_than_the_named_value_is_a_break(workload: Branch) -> None:
    bad = made(workload, event(workload, "b"), spec("b"))
    commit = built(workload, bad, {APP: deployment(spec("b"), 9).encode()})
    (found,) = verdict(workload).breaks
    assert found.message == (
        f"team-a/app:prod: commit {commit[:12]} by imagestream changes more of a file than the values that its "
        f"trailers name: {APP}."
    )
    built(workload, made(workload, event(workload, "c"), spec("c")))
    assert rules(verdict(workload)) == [("foreign-change", False)]
    workload.git.commit({APP: deployment(spec("c"))}, "Back to one replica")
    assert rules(verdict(workload)) == [("foreign-change", True)]


@pytest.mark.parametrize(
    "content",
    [
        deployment(spec("a")).replace("# keep", "# lost"),
        deployment(spec("a")).replace("\n", "\r\n"),
        "\ufeff" + deployment(spec("a")),
        deployment(spec("a")) + "---\nkind: Role\n",
        deployment(spec("a")) + "{{ braces",
        "",
    ],
)
def test_every_byte_outside_of_the_value_counts(workload: Branch, content: str) -> None:
    built(workload, made(workload, retarget(workload), spec("a")), {APP: content.encode()})
    assert rules(verdict(workload)) == [("foreign-change", False)]


def test_a_file_that_goes_is_a_break(workload: Branch) -> None:
    built(workload, made(workload, retarget(workload), spec("a")), {APP: None})
    assert rules(verdict(workload)) == [("foreign-change", False)]


@pytest.mark.parametrize("value", [spec("e"), "evil.example/app", f"evil.example/app:1@{digest('a')}", digest("e"), ""])
def test_a_value_that_the_istag_does_not_give_is_a_break(workload: Branch, value: str) -> None:
    commit = built(workload, made(workload, retarget(workload), value))
    (found,) = verdict(workload).breaks
    assert found.message == (
        f"team-a/app:prod: commit {commit[:12]} by imagestream writes a value that the istag does not give: {NAME}."
    )
    built(workload, made(workload, event(workload, "b"), spec("b")))
    assert rules(verdict(workload)) == [("foreign-value", True)]


def test_a_value_of_an_older_event_is_a_break(workload: Branch) -> None:
    built(workload, made(workload, event(workload, "b"), spec("a")))
    assert rules(verdict(workload)) == [("foreign-value", False)]


def test_a_roll_back_that_changes_more_than_the_annotation_is_a_break(workload: Branch) -> None:
    workload.move("b")
    workload.roll_back(PROD, freeze=True)
    text = (workload.git.path / "is.yaml").read_text(encoding="utf-8").replace(ONE, "evil.example/app:1")
    workload.git.write("is.yaml", text)
    workload.git.git("commit", "-q", "-a", "--amend", "--no-edit")
    assert rules(verdict(workload)) == [("foreign-file", False)]


def test_a_new_file_beside_an_adoption_is_a_break(workload: Branch) -> None:
    forged = dataclasses.replace(made(workload, retarget(workload), spec("a")))
    message = forged.message.replace("Cause: retargeted", "Cause: adopted")
    role = b"kind: Role\nmetadata: {name: app}\n"
    built(workload, dataclasses.replace(forged, message=message), {"role.yaml": role})
    assert rules(verdict(workload)) == [("foreign-file", False)]


# Signing.


def test_with_signing_an_unsigned_commit_is_a_persons(kit: GitKit) -> None:
    """It may change workloads as a person may; the histories are judged as always."""
    key = ssh_key(kit.root, "own")
    branch = Branch(kit.repository(), signing=key)
    branch.start({"prod": docker(ONE)})
    branch.git.commit({APP: deployment("none")}, "Add the workload")
    branch.move("a")
    built(branch, made(branch, retarget(branch), spec("e")))
    assert (rules(verdict(branch, key)), verdict(branch, key).fields) == ([], 0)
    built(branch, made(branch, retarget(branch), spec("f")), signing=key)
    assert (rules(verdict(branch, key)), verdict(branch, key).fields) == ([("foreign-value", False)], 1)


def test_unsigned_commits_below_the_first_signed_one_count(kit: GitKit) -> None:
    branch = Branch(kit.repository())
    branch.start({"prod": docker(ONE)})
    branch.git.commit({APP: deployment("none")}, "Add the workload")
    branch.move("a")
    built(branch, made(branch, retarget(branch), spec("a")))
    branch.signing = ssh_key(kit.root, "own")
    branch.move("b")
    assert (rules(verdict(branch)), verdict(branch).fields) == ([], 1)


# Names and contents.


@pytest.mark.parametrize(
    "field",
    [
        FIELD,
        dataclasses.replace(FIELD, document=2, is_alone=False),
        dataclasses.replace(FIELD, path=(0, "a b", "1", "", "x/y.z", "#", '"', "é", 12), is_alone=False),
        dataclasses.replace(FIELD, file="%23#?.json", path=("image",)),
    ],
)
def test_the_name_of_a_field_says_where_it_is(field: ImageField) -> None:
    assert parse_name(field.name) == (field.file, field.document, field.path)


@pytest.mark.parametrize(
    "name", ["", "a.yaml", "a.yaml#", "a#(0).x", "a#x[", 'a#["x', "a#x..y", "a#x y", "a#[99999999999]"]
)
def test_other_text_names_no_field(name: str) -> None:
    assert parse_name(name) is None


def test_an_alias_of_the_value_is_another_change() -> None:
    old = "a: &x one\nb: *x\n"
    before, after = (FieldContent.read(each.encode(), "f.yaml") for each in (old, old.replace("one", "two")))
    assert before is not None
    assert after is not None
    assert not differs_only_at(before, after, [(0, ("a",))])


def test_json_is_compared_as_yaml_is() -> None:
    old = json.dumps({"image": "one", "other": [1, 1.0]}, indent=1)
    contents = [FieldContent.read(each.encode(), "f.json") for each in (old, old.replace("one", "two"))]
    before, after = contents
    assert before is not None
    assert after is not None
    assert differs_only_at(before, after, [(0, ("image",))])
    assert not differs_only_at(before, after, [(0, ("other", 0))])
