"""Files that cannot be read now: no command declares their tags in another file (design 3)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.edit.adopt.adopt import adopt
from reconciler.edit.adopt.export import ExportOptions
from reconciler.edit.adopt.export_reader import read_exports
from reconciler.edit.freeze import freeze
from reconciler.edit.import_ import ImportRequest, edit_for_import
from reconciler.edit.pin import pin
from reconciler.edit.spec_edit import SpecEdit, draft_spec, write_spec, write_work_tree
from reconciler.edit.tag import TagRequest, tag, untag
from reconciler.errors import InputError
from reconciler.gitstore import Repository
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.writer import Writer, choose_target
from tests.kit.branch import BOT, ONE, OTHER, Branch, declared, docker
from tests.kit.export import docker as exported_tag
from tests.kit.export import events, exported, listed
from tests.kit.git import GitKit

SPEC = "streams/app.yaml"
GOOD = declared({"dev": docker(ONE), "prod": docker(ONE)})
BAD: dict[str, bytes] = {
    "a merge conflict": GOOD.replace("spec:\n", "<<<<<<< HEAD\nspec:\n").encode(),
    "another encoding": (GOOD + "# caf\xe9\n").encode("latin-1"),
    "a tab": GOOD.replace("  tags", "\ttags").encode(),
    "a NUL": GOOD.encode() + b"\0",
    "an open quote": GOOD.replace("name: app", "name: 'app").encode(),
    "none of our kinds": b"\tstreams:\n",
    "a slip in kind": GOOD.replace("ImageStream", "Imagestream").encode(),
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n",
}
HIDDEN = "its spec tag cannot be read now. `imagestream validate` shows why; mend that first."
NAMED = f"{SPEC}, which names stream team-a/app, cannot be read now. `imagestream validate` shows why; mend that first."

Edit = Callable[[Snapshot, Repository], SpecEdit]


def tagged(destination: str) -> Edit:
    return lambda snapshot, repository: tag(snapshot, repository, TagRequest(OTHER, (destination,)))


def promoted(snapshot: Snapshot, repository: Repository) -> SpecEdit:
    return pin(snapshot, repository, "team-a/app:dev", "team-a/app:prod", lambda *_: None)


def imported(snapshot: Snapshot, repository: Repository) -> SpecEdit:
    return edit_for_import(snapshot, repository, ImportRequest("team-a/app:dev", source=OTHER, confirm=True))


def frozen(snapshot: Snapshot, repository: Repository) -> SpecEdit:
    return freeze(snapshot, repository, "team-a/app:dev", frozen=True)


@pytest.fixture
def branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Branch:
    """A branch whose stream has a history."""
    made = Branch(GitKit(tmp_path).alone(monkeypatch).repository())
    made.git.commit({"reconciler.yaml": "apiVersion: reconciler/v1alpha1\nkind: Config\n"}, "Start")
    return made


def spoil(branch: Branch, bad: bytes, *, passes: bool) -> None:
    branch.git.commit({SPEC: GOOD}, "Declare app")
    if passes:
        branch.put("a")
        branch.run()
    branch.git.commit({SPEC: bad}, "Break it")


def refusal(branch: Branch, edit: Edit) -> str:
    """The refusal of a command that commits; nothing is written."""
    repository = Repository.discover(branch.git.path)
    head = branch.git.head()
    target = choose_target(repository, None, push=True)
    with pytest.raises(InputError) as caught:
        write_spec(Writer(repository, branch.clock, BOT), target, BOT, lambda snapshot: edit(snapshot, repository))
    assert branch.git.head() == head
    return str(caught.value)


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_what_a_file_declared_before_it_broke_is_not_declared_again(branch: Branch, bad: bytes) -> None:
    spoil(branch, bad, passes=True)
    assert refusal(branch, tagged("team-a/app:dev")) == f"team-a/app:dev: {HIDDEN}"
    assert refusal(branch, promoted) == f"team-a/app:prod: {HIDDEN}"


def test_every_command_refuses_it_also_where_no_pass_recorded_anything(branch: Branch) -> None:
    spoil(branch, BAD["none of our kinds"], passes=False)
    assert refusal(branch, tagged("team-a/app:new")) == f"team-a/app:new: {NAMED}"
    assert refusal(branch, imported) == f"team-a/app:dev: {HIDDEN}"
    assert refusal(branch, frozen) == f"team-a/app:dev: {HIDDEN}"
    assert (
        refusal(branch, lambda snapshot, repository: untag(snapshot, repository, ["team-a/app:dev"]))
        == f"team-a/app:dev: {HIDDEN}"
    )


def test_what_is_not_committed_is_refused_too(branch: Branch) -> None:
    spoil(branch, BAD["a tab"], passes=False)
    repository = Repository.discover(branch.git.path)
    edited = tagged("team-a/app:dev")
    with pytest.raises(InputError, match="cannot be read now"):
        draft_spec(Writer(repository, branch.clock, BOT), branch.git.head(), BOT, lambda each: edited(each, repository))
    with pytest.raises(InputError, match="cannot be read now"):
        write_work_tree(repository, branch.git.head(), lambda each: edited(each, repository))
    assert branch.git.git("status", "--porcelain") == ""


def test_an_export_of_a_stream_that_cannot_be_read_now_is_not_adopted(branch: Branch) -> None:
    spoil(branch, BAD["a tab"], passes=False)
    repository = Repository.discover(branch.git.path)
    writer = Writer(repository, branch.clock, BOT)
    export = read_exports(
        {"e.yaml": listed(exported({"dev": exported_tag(ONE)}, {"dev": events("ba")}))}, ExportOptions("default")
    )
    done = adopt(writer, choose_target(repository, None, push=True), export, BOT)
    assert [each.message for each in done.adoption.problems] == [f"team-a/app is not adopted: {NAMED}"]
    assert not done.result.written


def test_a_file_that_never_could_be_read_counts_by_the_name_in_it(branch: Branch) -> None:
    branch.git.commit({SPEC: BAD["a tab"]}, "Begin with a slip")
    assert refusal(branch, tagged("team-a/app:dev")) == f"team-a/app:dev: {NAMED}"


def test_the_place_of_a_new_stream_may_hold_what_cannot_be_read(branch: Branch) -> None:
    branch.git.commit({"imagestreams/team-a/app.yaml": b"kind: ImageStream\n\tx: y\n"}, "Begin with a slip")
    assert refusal(branch, tagged("team-a/app:dev")) == (
        "imagestreams/team-a/app.yaml, where team-a/app would be declared, cannot be read now. "
        "`imagestream validate` shows why; mend that first."
    )


def test_a_tag_in_another_file_of_its_stream_is_not_declared_again(branch: Branch) -> None:
    branch.git.commit({SPEC: declared({"dev": docker(ONE)}), "streams/more.yaml": declared({"prod": docker(ONE)})})
    branch.git.commit({SPEC: declared({"dev": docker(ONE)}).replace("  tags", "\ttags")}, "Break one")
    assert refusal(branch, tagged("team-a/app:dev")) == f"team-a/app:dev: {HIDDEN}"


@pytest.mark.parametrize(
    "other",
    [
        {"chart/templates/is.yaml": "{{- if .Values.x }}\nkind: ImageStream\nmetadata: {name: app}\n{{- end }}\n"},
        {"streams/other.yaml": GOOD.replace("app", "application").replace("  tags", "\ttags")},
        {"values.yaml": "\tname: app\n"},
    ],
    ids=["a chart", "another stream", "a file that is not ours"],
)
def test_unrelated_files_that_cannot_be_read_block_no_edit(branch: Branch, other: dict[str, str]) -> None:
    branch.git.commit(dict(other))
    repository = Repository.discover(branch.git.path)
    writer = Writer(repository, branch.clock, BOT)
    edited = tagged("team-a/app:dev")
    target = choose_target(repository, None, push=True)
    assert write_spec(writer, target, BOT, lambda snapshot: edited(snapshot, repository)).written
