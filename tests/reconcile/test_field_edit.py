"""Field edits: the files of a pass, one commit after the other, and the edits that are refused."""

from __future__ import annotations

from reconciler.gitstore import Repository
from reconciler.model.change import ImageEdit, Move, Retarget
from reconciler.model.finding import Position
from reconciler.model.image_field import ImageField
from reconciler.model.observation import Reason
from reconciler.model.plan import Plan
from reconciler.reconcile.field_edit import EditedFiles
from tests.kit.git import GitKit
from tests.kit.world import A, B, event, istag, stack

SHARED = "a: &image old\nb: *image\nc: old # stays\n"


def edit(key: str, value: str, name: str = "app:prod", file: str = "app.yaml") -> ImageEdit:
    field = ImageField(file, 0, (key,), istag(name), "old", Position(file, 3, 4))
    return ImageEdit(field, value)


def move(*edits: ImageEdit, name: str = "app:prod") -> Move:
    return Move(tag=istag(name), previous=A, history=stack(name, event(B, 2)), edits=edits)


def edited(kit: GitKit, content: str | bytes) -> EditedFiles:
    work = kit.repository()
    commit = work.commit({"app.yaml": content})
    return EditedFiles(Repository.discover(work.path), commit)


def test_each_commit_is_built_on_the_files_of_the_one_before(kit: GitKit) -> None:
    files = edited(kit, "a: old  # one\nb: 'old'\r\n")
    first = files.write([move(edit("a", "new"))])
    second = files.write([move(edit("b", "new", "app:dev"), name="app:dev")])
    assert first == {"app.yaml": b"a: new  # one\nb: 'old'\r\n"}
    assert second == {"app.yaml": b"a: new  # one\nb: 'new'\r\n"}


def test_an_edit_that_is_refused_is_a_problem_and_the_tag_moves_all_the_same(kit: GitKit) -> None:
    files = edited(kit, SHARED)
    plan = files.feasible(Plan("0" * 40, (move(edit("a", "new"), edit("c", "new")),)))
    (change,) = plan.changes
    assert [each.field.path for each in change.edits] == [("c",)]
    (problem,) = plan.problems
    assert (problem.tag, problem.reason, problem.file, problem.line) == (
        istag("app:prod"),
        Reason.INVALID,
        "app.yaml",
        1,
    )
    assert problem.is_failure
    assert problem.message.startswith("team-a/app:prod: the image field a cannot be written, app.yaml:1: ")
    assert files.write(plan.changes) == {"app.yaml": b"a: &image old\nb: *image\nc: new # stays\n"}


def test_a_change_that_only_writes_goes_with_its_last_edit(kit: GitKit) -> None:
    files = edited(kit, SHARED)
    retarget = Retarget(tag=istag("app:prod"), image=A, previous=A, edits=(edit("b", "new"),))
    plan = files.feasible(Plan("0" * 40, (retarget,)))
    assert plan.changes == ()
    assert [problem.field for problem in plan.problems] == ["app.yaml#b"]


def test_a_file_that_cannot_be_read_is_a_problem_for_each_field(kit: GitKit) -> None:
    for content in (b"\xff\xfe\x00", "a: {{ image }}\n"):
        files = edited(kit, content)
        plan = files.feasible(Plan("0" * 40, (move(edit("a", "new"), edit("c", "new")),)))
        assert plan.changes[0].edits == ()
        assert len(plan.problems) == 2
    gone = files.feasible(Plan("0" * 40, (move(edit("a", "new", file="gone.yaml")),)))
    (problem,) = gone.problems
    assert "gone" in (problem.file or "")
