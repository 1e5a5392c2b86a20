"""Pushed and imported istags over passes on real git: what is committed, removed by people, and kept in git."""

from __future__ import annotations

import pytest

from reconciler.edit.spec_edit import write_spec, write_work_tree
from reconciler.edit.tag import untag
from reconciler.errors import InputError
from reconciler.gitstore import Repository
from reconciler.model.config import Installation, RegistryRule
from reconciler.model.name import IstagName
from reconciler.model.observation import Reason
from reconciler.model.person import Person
from reconciler.planning.pass_scope import PassScope
from reconciler.provenance.verify import verify
from reconciler.query.status import status
from reconciler.reconcile.observe import observe_everything, read_world
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.writer import Writer, choose_target
from tests.kit.branch import DEV, PROD, Branch, config
from tests.kit.git import GitKit
from tests.kit.world import NOW, digest

HOST = "registry.example:5000"
JANE = Person("Jane Doe", "jane@example.com")
NEW = IstagName("team-a", "app", "new")
HEAD = "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: app, namespace: team-a}\nspec:\n"
ONE, OTHER = "quay.io/acme/one", "quay.io/acme/other"


@pytest.fixture
def branch(kit: GitKit) -> Branch:
    integrated = Installation(registries=(RegistryRule(prefix=HOST, integrated=True),))
    return Branch(kit.repository(), installation=integrated)


def declare(branch: Branch, spec: str) -> None:
    branch.git.commit({"reconciler.yaml": config(20), "is.yaml": HEAD + spec}, "Declare")


def push(branch: Branch, tag: str, letter: str) -> None:
    branch.put(letter, f"{HOST}/team-a/app:{tag}")


def remove(branch: Branch, *names: str) -> None:
    repository = Repository.discover(branch.git.path)
    writer = Writer(repository, branch.clock, JANE)
    target = choose_target(repository, None, push=True)
    write_spec(writer, target, JANE, lambda snapshot: untag(snapshot, repository, names))


def imported(branch: Branch) -> dict[str, str]:
    """Each istag with the source of its top."""
    histories = branch.snapshot().histories
    return {name.tag: each.items[0].source.name for name, each in histories.items() if each.items[0].source}


def test_a_tag_of_a_repository_that_windows_cannot_check_out_is_recorded_and_reported(branch: Branch) -> None:
    declare(branch, f"  dockerImageRepository: {OTHER}\n")
    for tag in ("nul", "ok"):
        branch.put("a", f"{OTHER}:{tag}")
    result = branch.run()
    said = (
        "history/team-a/app/nul.yaml cannot be checked out on Windows, where nul names a device. Choose another name."
    )
    assert result.notes == [said]
    assert set(imported(branch)) == {"nul", "ok"}
    assert branch.run().notes == []


# Pushes.


def test_a_push_is_committed_with_its_cause_and_the_registry_it_came_to(branch: Branch) -> None:
    declare(branch, "  tags: [{name: dev}]\n")
    push(branch, "dev", "a")
    push(branch, "new", "b")
    branch.run()
    assert (branch.stack(DEV), branch.stack(NEW)) == ("a", "b")
    assert branch.is_quiet()
    push(branch, "new", "c")
    branch.run()
    message = branch.git.git("log", "-1", "--format=%B")
    assert message.startswith("Tag team-a/app:new as sha256:cccccccccccc\n")
    assert f"Source: DockerImage {HOST}/team-a/app:new\nCause: pushed\n" in message


def test_a_pushed_istag_is_rolled_back_and_held_like_any_other(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    push(branch, "new", "a")
    branch.run()
    push(branch, "new", "b")
    branch.run()
    branch.revert()
    branch.run()
    assert (branch.stack(NEW), branch.held(NEW)) == ("a", "b")
    assert branch.is_quiet()
    push(branch, "new", "c")
    branch.run()
    assert (branch.stack(NEW), branch.held(NEW)) == ("ca", "b")


def test_a_pushed_istag_is_rolled_back_by_command_and_the_next_pass_keeps_it_there(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    for letter in "abc":
        push(branch, "new", letter)
        branch.run()
    told = branch.roll_back(NEW, to="1")
    assert (branch.stack(NEW), branch.held(NEW)) == ("a", "cb")
    assert told.notes == [
        "team-a/app:new was rolled back; the next new image that is pushed or imported moves it. "
        "To stop that, declare its tag and: imagestream freeze team-a/app:new"
    ]
    result = branch.run()
    assert [(each.tag, each.reason) for each in result.plan.problems] == [(NEW, Reason.HELD)]
    assert branch.is_quiet()
    assert branch.verify().breaks == []
    push(branch, "new", "d")
    branch.run()
    assert (branch.stack(NEW), branch.held(NEW)) == ("da", "cb")


def test_a_pushed_istag_that_was_rolled_back_is_frozen_once_its_tag_is_declared(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    for letter in "ab":
        push(branch, "new", letter)
        branch.run()
    branch.roll_back(NEW)
    declare(branch, "  tags: [{name: new}]\n")
    branch.freeze(NEW, frozen=True)
    push(branch, "new", "c")
    assert branch.is_quiet()
    assert (branch.stack(NEW), branch.held(NEW)) == ("a", "b")


def test_the_command_and_a_revert_of_a_pushed_istag_leave_the_same_files(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    for letter in "ab":
        push(branch, "new", letter)
        branch.run()
    before = branch.git.git("rev-parse", "HEAD").strip()
    branch.roll_back(NEW)
    by_command = branch.snapshot()
    branch.git.git("reset", "--hard", "--quiet", before)
    branch.forget_the_tip()
    branch.revert()
    branch.run()
    by_revert = branch.snapshot()
    assert by_command.histories[NEW] == by_revert.histories[NEW]
    assert by_command.holds[NEW].held[0].source is None
    assert by_revert.holds[NEW].held[0].source is None


def test_an_istag_without_a_spec_tag_cannot_be_frozen_with_its_roll_back(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    for letter in "ab":
        push(branch, "new", letter)
        branch.run()
    with pytest.raises(InputError) as caught:
        branch.roll_back(NEW, freeze=True)
    assert str(caught.value) == (
        "team-a/app:new has no spec tag that could be frozen. Leave --freeze out, or declare it first."
    )
    assert branch.stack(NEW) == "ba"


def test_a_pushed_istag_is_not_rolled_back_once_its_stream_is_gone(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    for letter in "ab":
        push(branch, "new", letter)
        branch.run()
    branch.git.commit({"is.yaml": "# gone\n"}, "Take the stream out")
    with pytest.raises(InputError) as caught:
        branch.roll_back(NEW)
    assert str(caught.value) == "team-a/app:new has no spec tag. There is nothing to roll back; declare it first."


def test_a_first_push_that_is_reverted_stays_away_until_the_next_push(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    push(branch, "old", "d")
    branch.run()
    push(branch, "new", "a")
    branch.run()
    branch.revert()
    assert branch.is_quiet()
    assert branch.stack(NEW) == ""
    push(branch, "new", "b")
    branch.run()
    assert branch.stack(NEW) == "ba"


def test_what_was_removed_does_not_come_back_from_the_registry(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    push(branch, "new", "a")
    branch.run()
    push(branch, "new", "b")
    branch.run()
    remove(branch, "team-a/app:new")
    assert branch.git.git("log", "-1", "--format=%s %an").strip() == "Delete tag team-a/app:new Jane Doe"
    assert branch.is_quiet()
    assert branch.stack(NEW) == ""
    branch.forget_the_tip()
    assert branch.is_quiet()
    push(branch, "new", "c")
    branch.run()
    assert branch.stack(NEW) == "cba"
    assert branch.is_quiet()
    assert verify(Repository.discover(branch.git.path), branch.git.head()).breaks == []


def test_a_removal_takes_the_hold_with_it_and_brings_it_back_with_the_history(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    for letter in "ab":
        push(branch, "new", letter)
        branch.run()
    branch.revert()
    branch.run()
    remove(branch, "app:new".replace("app", "team-a/app"))
    assert branch.git.git("ls-files", "holds", "history").split() == []
    assert branch.is_quiet()
    push(branch, "new", "c")
    branch.run()
    assert (branch.stack(NEW), branch.held(NEW)) == ("ca", "b")


def test_reverting_a_removal_brings_the_istag_back(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    push(branch, "new", "a")
    branch.run()
    remove(branch, "team-a/app:new")
    branch.run()
    branch.revert()
    branch.run()
    assert branch.stack(NEW) == "a"
    assert branch.is_quiet()


def test_a_declared_place_to_push_is_removed_with_its_spec_tag(branch: Branch) -> None:
    declare(branch, "  tags: [{name: dev}, {name: prod}]\n")
    push(branch, "dev", "a")
    branch.run()
    remove(branch, "team-a/app:dev")
    assert branch.is_quiet()
    assert branch.stack(DEV) == ""
    declare(branch, "  tags: [{name: dev}, {name: prod}]\n")
    branch.run()
    assert branch.stack(DEV) == "a"  # its history comes back from git


def test_an_istag_that_is_nowhere_cannot_be_removed(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    with pytest.raises(InputError, match="team-a/app:new has no spec tag"):
        remove(branch, "team-a/app:new")


def test_without_a_commit_the_files_are_removed_from_the_work_tree(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    push(branch, "new", "a")
    branch.run()
    repository = Repository.discover(branch.git.path)
    write_work_tree(repository, branch.git.head(), lambda snapshot: untag(snapshot, repository, ["team-a/app:new"]))
    assert branch.git.git("status", "--porcelain") == " D history/team-a/app/new.yaml"


def test_status_shows_what_is_pushed(branch: Branch) -> None:
    declare(branch, "  tags: [{name: dev}, {name: prod}]\n")
    push(branch, "dev", "a")
    branch.run()
    push(branch, "dev", "b")
    push(branch, "new", "c")
    repository = Repository.discover(branch.git.path)
    world = read_world(repository, branch.git.head(), "main")
    subjects = observe_everything(repository, world, Registries(branch.shelf, branch.installation))
    assert [(row.tag.tag, str(row.state), row.recorded, row.live) for row in status(subjects, NOW)] == [
        ("dev", "Pending", digest("a"), digest("b")),
        ("new", "Pending", None, None),
        ("prod", "Empty", None, None),
    ]


def test_something_in_the_way_of_a_pushed_istag_stops_no_other(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    branch.git.commit({"history/team-a/app/new.yaml/x": "1\n"}, "Put a folder there")
    push(branch, "new", "a")
    push(branch, "other", "b")
    result = branch.run()
    assert [change.tag.tag for change in result.plan.changes] == ["other"]
    assert [(problem.tag, problem.reason) for problem in result.plan.problems] == [(NEW, Reason.INVALID)]


def test_a_push_beside_a_source_becomes_an_istag_when_the_spec_tag_goes(branch: Branch) -> None:
    branch.put("a", f"{ONE}:1")
    declare(branch, f"  tags: [{{name: prod, from: {{kind: DockerImage, name: '{ONE}:1'}}}}]\n")
    push(branch, "prod", "b")
    branch.run()
    assert branch.stack(PROD) == "a"
    declare(branch, "  tags: []\n")
    branch.run()
    assert branch.stack(PROD) == "ba"
    assert branch.is_quiet()


def test_a_spec_tag_that_goes_takes_its_history_where_the_same_image_was_pushed(branch: Branch) -> None:
    branch.put("a", f"{ONE}:1")
    declare(branch, f"  tags: [{{name: prod, from: {{kind: DockerImage, name: '{ONE}:1'}}}}]\n")
    push(branch, "prod", "a")
    branch.run()
    declare(branch, "  tags: []\n")
    branch.run()
    assert branch.stack(PROD) == ""
    assert branch.is_quiet()


# Whole repositories.


def stock(branch: Branch, repository: str, **images: str) -> None:
    for tag, letter in images.items():
        branch.put(letter, f"{repository}:{tag}")


def test_a_repository_is_imported_once_and_again_when_the_spec_names_another(branch: Branch) -> None:
    stock(branch, ONE, both="a", one="b")
    stock(branch, OTHER, both="c", other="d")
    declare(branch, f"  dockerImageRepository: {ONE}\n")
    branch.run()
    assert branch.git.git("log", "-1", "--format=%s").strip() == "Import team-a/app: 2 tags"
    assert "Requested-In: " in branch.git.git("log", "-1", "--format=%B")
    assert imported(branch) == {"both": f"{ONE}:both", "one": f"{ONE}:one"}
    stock(branch, ONE, late="e", both="f")
    assert branch.is_quiet()
    declare(branch, f"  dockerImageRepository: {OTHER}\n")
    branch.run()
    assert imported(branch) == {"both": f"{OTHER}:both", "one": f"{ONE}:one", "other": f"{OTHER}:other"}
    assert branch.is_quiet()
    declare(branch, f"  dockerImageRepository: {ONE}\n")
    branch.run()
    assert imported(branch) == {
        "both": f"{ONE}:both",
        "one": f"{ONE}:one",
        "other": f"{OTHER}:other",
        "late": f"{ONE}:late",
    }
    assert branch.is_quiet()


def test_a_repository_stays_imported_when_its_file_is_moved_and_what_came_stays_without_it(branch: Branch) -> None:
    stock(branch, ONE, one="a")
    declare(branch, f"  dockerImageRepository: {ONE}\n")
    branch.run()
    branch.git.git("mv", "is.yaml", "moved.yaml")
    branch.git.commit(message="Move")
    stock(branch, ONE, late="b")
    assert branch.is_quiet()
    branch.git.commit({"moved.yaml": HEAD + "  tags: []\n"}, "Import no more")
    assert branch.is_quiet()
    assert list(imported(branch)) == ["one"]


def test_an_imported_istag_is_rolled_back_by_command_and_stays_there(branch: Branch) -> None:
    stock(branch, ONE, one="a")
    declare(branch, f"  dockerImageRepository: {ONE}\n")
    branch.run()
    stock(branch, ONE, one="b")
    whole = PassScope(declared=False, scheduled=False, streams=frozenset({PROD.stream_name}), person=JANE)
    branch.run(scope=whole)
    name = IstagName("team-a", "app", "one")
    branch.roll_back(name)
    assert (branch.stack(name), branch.held(name)) == ("a", "b")
    assert branch.is_quiet()
    branch.run(scope=whole)
    assert (branch.stack(name), branch.held(name)) == ("a", "b")


def test_a_tag_taken_out_of_the_spec_goes_although_its_stream_imports_a_repository(branch: Branch) -> None:
    stock(branch, ONE, one="a")
    branch.put("b", f"{OTHER}:9")
    tag = f"  tags: [{{name: prod, from: {{kind: DockerImage, name: '{OTHER}:9'}}}}]\n"
    declare(branch, f"  dockerImageRepository: {ONE}\n{tag}")
    branch.run()
    assert imported(branch) == {"one": f"{ONE}:one", "prod": f"{OTHER}:9"}
    declare(branch, f"  dockerImageRepository: {ONE}\n")
    branch.run()
    assert list(imported(branch)) == ["one"]


def test_tags_that_were_declared_before_are_no_import(branch: Branch) -> None:
    stock(branch, ONE, one="a", two="b")
    declare(branch, f"  tags: [{{name: one, from: {{kind: DockerImage, name: '{ONE}:one'}}}}]\n")
    branch.run()
    declare(branch, f"  dockerImageRepository: {ONE}\n")
    branch.run()
    assert imported(branch) == {"one": f"{ONE}:one", "two": f"{ONE}:two"}
    assert branch.is_quiet()


def test_an_imported_istag_that_was_removed_does_not_come_back_by_itself(branch: Branch) -> None:
    stock(branch, ONE, one="a")
    declare(branch, f"  dockerImageRepository: {ONE}\n")
    branch.run()
    remove(branch, "team-a/app:one")
    assert branch.is_quiet()
    assert imported(branch) == {}
    branch.run(scope=PassScope(declared=False, scheduled=False, streams=frozenset({PROD.stream_name}), person=JANE))
    assert imported(branch) == {"one": f"{ONE}:one"}


def test_an_import_that_brings_nothing_leaves_no_trace_and_is_made_again_until_it_brings_something(
    branch: Branch,
) -> None:
    stock(branch, ONE, one="a")
    tag = f"  tags: [{{name: one, from: {{kind: DockerImage, name: '{ONE}:one'}}}}]\n"
    declare(branch, f"  dockerImageRepository: {ONE}\n{tag}")
    branch.run()
    assert branch.is_quiet()
    stock(branch, ONE, two="b")
    branch.run()
    assert imported(branch) == {"one": f"{ONE}:one", "two": f"{ONE}:two"}
    stock(branch, ONE, three="c")
    assert branch.is_quiet()


def test_tags_beyond_the_limit_are_reported(branch: Branch) -> None:
    stock(branch, ONE, **{f"t{number:02}": "a" for number in range(57)})
    declare(branch, f"  dockerImageRepository: {ONE}\n")
    result = branch.run()
    assert len(result.plan.changes) == 50
    assert result.notes == [
        "team-a/app: of quay.io/acme/one the first 50 tags are imported, not t50, t51, t52, t53, t54 and 2 more. "
        "Declare those that are needed under spec.tags."
    ]


# Names that differ only in case.


def test_of_names_that_differ_only_in_case_the_other_is_not_looked_up(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    for tag in ("foo", "Foo"):
        push(branch, tag, "a")
    branch.run()
    branch.shelf.requested.clear()
    again = branch.run()
    assert (again.commits, [str(each.tag) for each in again.plan.problems]) == ((), ["team-a/app:foo"])
    assert branch.shelf.requested == [f"{HOST}/team-a/app", f"{HOST}/team-a/app:Foo"]


def test_a_name_is_given_to_a_spec_tag_once_what_was_pushed_is_removed(branch: Branch) -> None:
    declare(branch, "  tags: []\n")
    push(branch, "Foo", "a")
    branch.run()
    declare(branch, f"  tags: [{{name: foo, from: {{kind: DockerImage, name: {ONE}:foo}}}}]\n")
    branch.put("b", f"{ONE}:foo")
    (problem,) = branch.run().plan.problems
    assert problem.message == (
        "team-a/app:foo differs only in case from team-a/app:Foo, which is recorded already. Rename the spec tag, or "
        "take team-a/app:Foo away: `imagestream tag -d team-a/app:Foo`."
    )
    remove(branch, "team-a/app:Foo")
    branch.run()
    assert imported(branch) == {"foo": f"{ONE}:foo"}
