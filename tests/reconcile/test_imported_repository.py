"""Whole repositories over passes on real git: what fills a spec tag without `from`, and what is retried."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.edit.adopt.adopt import adopt
from reconciler.edit.adopt.export import ExportOptions
from reconciler.edit.adopt.export_reader import read_exports
from reconciler.edit.import_ import ImportRequest, edit_for_import
from reconciler.edit.spec_edit import draft_spec
from reconciler.gitstore import Repository
from reconciler.model.config import Installation, RegistryRule
from reconciler.model.name import IstagName
from reconciler.model.observation import Failure, Reason
from reconciler.model.person import Person
from reconciler.query.status import status
from reconciler.reconcile.import_pass import run_import
from reconciler.reconcile.observe import observe_everything, read_world
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.run_pass import Reconciler
from reconciler.reconcile.writer import Result, Writer, choose_target
from tests.kit.branch import BOT, Branch, config
from tests.kit.export import docker, event, exported
from tests.kit.git import GitKit
from tests.kit.world import NOW

HOST = "registry.example:5000"
JANE = Person("Jane Doe", "jane@example.com")
HEAD = "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: app, namespace: team-a}\nspec:\n"
ONE, OTHER = "quay.io/acme/one", "quay.io/acme/other"
WHOLE = f"  dockerImageRepository: {ONE}\n"
BUSY = Failure(Reason.RATE_LIMITED, "quay.io asks to wait.")


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    return Branch(GitKit(tmp_path).repository())


def declare(branch: Branch, spec: str) -> None:
    branch.git.commit({"reconciler.yaml": config(20), "is.yaml": HEAD + spec}, "Declare")


def stock(branch: Branch, repository: str = ONE, **images: str) -> None:
    for tag, letter in images.items():
        branch.put(letter, f"{repository}:{tag}")


def name(tag: str) -> IstagName:
    return IstagName("team-a", "app", tag)


def stacks(branch: Branch) -> dict[str, str]:
    """The images of every recorded istag."""
    return {each.tag: branch.stack(each) for each in sorted(branch.snapshot().histories)}


def bring(branch: Branch, text: str) -> Result:
    """`imagestream import`, by Jane Doe."""
    repository = Repository.discover(branch.git.path)
    reconciler = Reconciler(Writer(repository, branch.clock, BOT), Registries(branch.shelf, branch.installation))
    return run_import(reconciler, choose_target(repository, None, push=True), text, JANE)


def states(branch: Branch) -> dict[str, tuple[str, str]]:
    """The state and the message of every istag."""
    repository = Repository.discover(branch.git.path)
    world = read_world(repository, branch.git.head(), "main")
    subjects = observe_everything(repository, world, Registries(branch.shelf, branch.installation))
    return {row.tag.tag: (str(row.state), row.message) for row in status(subjects, NOW)}


def awaited(branch: Branch) -> list[str]:
    return [line for line in branch.git.git("log", "--format=%B").splitlines() if line.startswith("Awaited-Tags")]


# Spec tags without from.


def test_a_spec_tag_without_from_is_filled_and_its_followers_follow(branch: Branch) -> None:
    stock(branch, one="a", two="b")
    follower = "{name: latest, from: {kind: ImageStreamTag, name: one}}"
    declare(branch, f"{WHOLE}  tags: [{{name: one, annotations: {{description: d}}}}, {follower}]\n")
    branch.run()
    assert stacks(branch) == {"latest": "a", "one": "a", "two": "b"}
    top = branch.snapshot().histories[name("one")].items[0]
    assert (str(top.source), str(top.cause)) == (f"DockerImage {ONE}:one", "declared")
    stock(branch, one="c", late="d")
    assert branch.is_quiet()
    assert branch.verify().breaks == []


def test_a_spec_tag_that_the_repository_does_not_have_is_empty_and_no_failure(branch: Branch) -> None:
    stock(branch, one="a")
    declare(branch, f"{WHOLE}  tags: [{{name: dev}}]\n")
    assert branch.run().plan.problems == ()
    assert states(branch)["dev"] == ("Empty", f"{ONE}:dev is not there yet, and nothing was pushed")
    stock(branch, dev="b")
    branch.run()
    assert branch.stack(name("dev")) == "b"


def test_a_spec_tag_is_filled_although_the_repository_cannot_be_listed_and_the_rest_comes_later(branch: Branch) -> None:
    stock(branch, one="a", two="b")
    branch.shelf.refused[ONE] = BUSY
    declare(branch, f"{WHOLE}  tags: [{{name: one}}]\n")
    branch.run()
    assert (stacks(branch), awaited(branch)) == ({"one": "a"}, ["Awaited-Tags: *"])
    branch.shelf.refused.clear()
    branch.run()
    assert stacks(branch) == {"one": "a", "two": "b"}
    stock(branch, late="c")
    assert branch.is_quiet()


def test_a_scheduled_spec_tag_without_from_is_kept_in_step_with_the_repository(branch: Branch) -> None:
    stock(branch, one="a")
    declare(branch, f"{WHOLE}  tags: [{{name: one, importPolicy: {{scheduled: true}}}}]\n")
    branch.run()
    assert branch.snapshot().declarations.findings == ()
    stock(branch, one="b", late="c")
    branch.run()
    assert stacks(branch) == {"one": "ba"}
    assert branch.is_quiet()


def test_another_repository_fills_the_same_spec_tags_anew(branch: Branch) -> None:
    stock(branch, one="a")
    stock(branch, OTHER, one="b", two="c")
    declare(branch, f"{WHOLE}  tags: [{{name: one}}]\n")
    branch.run()
    declare(branch, f"  dockerImageRepository: {OTHER}\n  tags: [{{name: one}}]\n")
    branch.run()
    assert stacks(branch) == {"one": "ba", "two": "c"}
    assert branch.is_quiet()


def test_what_is_pushed_to_such_a_spec_tag_stays_whatever_the_repository_has(branch: Branch) -> None:
    branch.installation = Installation(registries=(RegistryRule(prefix=HOST, integrated=True),))
    stock(branch, one="a", two="b")
    declare(branch, f"{WHOLE}  tags: [{{name: one}}, {{name: two}}]\n")
    branch.put("c", f"{HOST}/team-a/app:one")
    branch.run()
    assert stacks(branch) == {"one": "c", "two": "b"}
    branch.put("d", f"{HOST}/team-a/app:two")
    branch.run()
    assert stacks(branch) == {"one": "c", "two": "db"}
    assert branch.is_quiet()


def test_the_policy_of_such_a_spec_tag_is_edited_without_giving_it_a_source(branch: Branch) -> None:
    declare(branch, f"{WHOLE}  tags:\n  - name: one\n")
    repository = Repository.discover(branch.git.path)
    asked = ImportRequest("team-a/app:one", scheduled=True)
    writer = Writer(repository, branch.clock, JANE)
    made = draft_spec(writer, branch.git.head(), JANE, lambda snapshot: edit_for_import(snapshot, repository, asked))
    text = branch.git.git("show", f"{made}:is.yaml")
    assert "scheduled: true" in text
    assert "from:" not in text


# Tags that did not come.


def test_a_tag_that_failed_at_the_import_is_retried_until_it_comes_and_newer_tags_are_not(branch: Branch) -> None:
    stock(branch, one="a", two="b", three="c")
    branch.shelf.refused |= {f"{ONE}:two": BUSY, f"{ONE}:three": BUSY}
    declare(branch, WHOLE)
    branch.run()
    assert (stacks(branch), awaited(branch)) == ({"one": "a"}, ["Awaited-Tags: three two"])
    stock(branch, late="d")
    assert [each.message for each in branch.run().plan.problems] == [BUSY.message, BUSY.message]
    del branch.shelf.refused[f"{ONE}:two"]
    branch.run()
    assert (stacks(branch), awaited(branch)[0]) == ({"one": "a", "two": "b"}, "Awaited-Tags: three")
    branch.shelf.refused.clear()
    branch.run()
    assert stacks(branch) == {"one": "a", "three": "c", "two": "b"}
    branch.shelf.requested.clear()
    assert branch.is_quiet()
    assert branch.shelf.requested == []
    assert branch.verify().breaks == []


def test_a_tag_that_is_listed_and_not_there_is_not_waited_for(branch: Branch) -> None:
    stock(branch, one="a", two="b")
    branch.shelf.refused[f"{ONE}:two"] = Failure(Reason.NOT_FOUND, "it is not there.")
    declare(branch, WHOLE)
    branch.run()
    assert awaited(branch) == []
    branch.shelf.refused.clear()
    assert branch.is_quiet()


def test_a_request_for_one_tag_leaves_the_others_awaited(branch: Branch) -> None:
    stock(branch, one="a", two="b")
    branch.shelf.refused[f"{ONE}:two"] = BUSY
    declare(branch, WHOLE)
    branch.run()
    stock(branch, late="c")
    bring(branch, "team-a/app:late")
    assert awaited(branch) == ["Awaited-Tags: two", "Awaited-Tags: two"]
    branch.shelf.refused.clear()
    branch.run()
    assert stacks(branch) == {"late": "c", "one": "a", "two": "b"}


def test_a_request_for_one_tag_before_the_first_pass_leaves_the_import_to_it(branch: Branch) -> None:
    stock(branch, one="a", two="b")
    declare(branch, WHOLE)
    bring(branch, "team-a/app:one")
    assert stacks(branch) == {"one": "a"}
    branch.run()
    assert stacks(branch) == {"one": "a", "two": "b"}


def test_a_history_made_by_hand_keeps_no_tag_from_being_imported(branch: Branch) -> None:
    stock(branch, x="a", y="b")
    declare(branch, WHOLE)
    branch.run()
    forged = branch.git.git("show", "HEAD:history/team-a/app/x.yaml").replace("a" * 64, "e" * 64)
    other = HEAD.replace("name: app", "name: second")
    branch.git.commit({"second.yaml": other + WHOLE}, "Declare another")
    branch.git.commit({"history/team-a/second/x.yaml": forged.replace("app:x", "second:x")}, "Make a history by hand")
    branch.run()
    second = IstagName("team-a", "second", "y")
    assert branch.stack(second) == "b"
    assert awaited(branch)[0] == "Awaited-Tags: x"
    branch.run()
    x = IstagName("team-a", "second", "x")
    assert (branch.stack(x), branch.held(x)) == ("a", "")
    assert [event.generation for event in branch.snapshot().histories[x].items] == [1]
    assert [str(each.tag) for each in branch.verify().breaks if not each.undone_by] == []
    assert branch.is_quiet()


# By name.


def test_a_request_for_a_tag_that_does_not_exist_is_answered(branch: Branch) -> None:
    stock(branch, one="a")
    declare(branch, WHOLE)
    branch.run()
    result = bring(branch, "team-a/app:nosuch")
    assert (result.commits, [(str(each.tag), each.message, each.is_failure) for each in result.plan.problems]) == (
        (),
        [("team-a/app:nosuch", f"{ONE}:nosuch is not there.", True)],
    )


def test_a_request_for_a_tag_that_the_repository_got_since_imports_it(branch: Branch) -> None:
    stock(branch, one="a")
    declare(branch, WHOLE)
    branch.run()
    stock(branch, late="b", later="c")
    assert bring(branch, "team-a/app:late").plan.problems == ()
    assert stacks(branch) == {"late": "b", "one": "a"}
    assert branch.is_quiet()


def test_a_request_for_a_tag_that_was_never_pushed_is_answered(branch: Branch) -> None:
    branch.installation = Installation(registries=(RegistryRule(prefix=HOST, integrated=True),))
    declare(branch, "  tags: [{name: dev}]\n")
    branch.put("a", f"{HOST}/team-a/app:dev")
    result = bring(branch, "team-a/app:nosuch")
    assert [each.message for each in result.plan.problems] == [
        f"team-a/app:nosuch: no spec tag has that name, and {HOST}/team-a/app has no tag nosuch. Push or declare it."
    ]


def test_a_whole_stream_is_imported_although_the_repository_lacks_a_spec_tag(branch: Branch) -> None:
    stock(branch, one="a")
    declare(branch, f"{WHOLE}  tags: [{{name: dev}}]\n")
    assert bring(branch, "team-a/app").plan.problems == ()
    assert stacks(branch) == {"one": "a"}


# Istags that stay.


def test_status_tells_of_imported_istags_what_it_tells_of_declared_ones(branch: Branch) -> None:
    stock(branch, one="a", two="b", three="c", four="d")
    declare(branch, f"{WHOLE}  tags: [{{name: four}}]\n")
    branch.run()
    stock(branch, one="e", four="f")
    del branch.shelf.images[f"{ONE}:two"]
    behind = "; `imagestream import` or a schedule would follow it"
    assert states(branch) == {
        "four": ("Behind", f"the registry has sha256:ffffffffffff{behind}"),
        "one": ("Behind", f"the registry has sha256:eeeeeeeeeeee{behind}"),
        "three": ("InSync", ""),
        "two": ("Failed", f"{ONE}:two is not there."),
    }


def test_an_imported_istag_that_was_rolled_back_is_reported_as_held(branch: Branch) -> None:
    stock(branch, one="a")
    declare(branch, WHOLE)
    branch.run()
    stock(branch, one="b")
    bring(branch, "team-a/app:one")
    branch.revert()
    result = branch.run()
    held = "team-a/app:one is held: sha256:bbbbbbbbbbbb was rolled back by Jane Doe"
    assert (branch.stack(name("one")), branch.held(name("one"))) == ("a", "b")
    assert result.plan.problems == ()
    (problem,) = branch.run().plan.problems
    assert problem.message.startswith(held)
    assert states(branch)["one"][0] == "Held"


# Adopted.


def test_a_stream_that_was_adopted_with_its_repository_is_not_imported_again(branch: Branch) -> None:
    branch.git.commit({"reconciler.yaml": config(20)}, "Start")
    given = exported({"one": docker(f"{ONE}:one")}, {"one": [event("a", 1, ONE)]})
    given["spec"]["dockerImageRepository"] = ONE
    repository = Repository.discover(branch.git.path)
    export = read_exports({"export.yaml": json.dumps(given).encode()}, ExportOptions("default"))
    adopt(Writer(repository, branch.clock, BOT), choose_target(repository, None, push=True), export, JANE)
    stock(branch, one="b", late="c")
    assert branch.is_quiet()
    assert stacks(branch) == {"one": "a"}
