"""Status: its messages about the next pass, and about problems that are only states."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.gitstore import Repository
from reconciler.model.name import IstagName
from reconciler.model.person import Person
from reconciler.query.status import status
from reconciler.reconcile.import_pass import run_import
from reconciler.reconcile.observe import observe_everything, read_world
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.run_pass import Reconciler
from reconciler.reconcile.writer import Result, Writer, choose_target
from tests.kit.branch import BOT, COPY, FOLLOWED, ONE, OTHER, PROD, Branch, docker
from tests.kit.git import GitKit
from tests.kit.world import NOW

JANE = Person("Jane Doe", "jane@example.com")


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    made = Branch(GitKit(tmp_path).repository())
    made.start()
    return made


def state_of(branch: Branch, name: IstagName = PROD) -> tuple[str, str]:
    """The state and the message of one istag."""
    repository = Repository.discover(branch.git.path)
    world = observe_everything(
        repository, read_world(repository, branch.git.head(), "main"), Registries(branch.shelf, branch.installation)
    )
    return next((str(row.state), row.message) for row in status(world, NOW) if row.tag == name)


def bring(branch: Branch, text: str) -> Result:
    """`imagestream import`, by Jane Doe."""
    repository = Repository.discover(branch.git.path)
    reconciler = Reconciler(Writer(repository, branch.clock, BOT), Registries(branch.shelf, branch.installation))
    return run_import(reconciler, choose_target(repository, None, push=True), text, JANE)


def test_after_a_revert_the_next_pass_holds(branch: Branch) -> None:
    branch.move("ab")
    commit = branch.revert()
    assert state_of(branch) == (
        "Held",
        f"sha256:bbbbbbbbbbbb was rolled back by Jane Doe in commit {commit[:12]}; the next pass holds it, and "
        "team-a/app:prod stays sha256:aaaaaaaaaaaa",
    )
    branch.run()
    assert state_of(branch)[0] == "Held"


def test_after_the_first_import_was_reverted_the_next_pass_holds_and_nothing_is_left(branch: Branch) -> None:
    branch.move("a")
    branch.revert()
    state, message = state_of(branch)
    assert (state, message.rpartition(", and ")[2]) == ("Held", "team-a/app:prod stays nothing")


def test_after_a_reset_the_next_pass_holds(branch: Branch) -> None:
    branch.move("ab")
    branch.git.git("reset", "--hard", "--quiet", "HEAD~")
    state, message = state_of(branch)
    assert state == "Held"
    assert "the next pass holds it, and team-a/app:prod stays sha256:aaaaaaaaaaaa" in message


def test_a_revert_of_what_was_replaced_meanwhile_promises_no_move_yet(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.put("c")
    assert state_of(branch)[0] == "Held"
    branch.run()
    assert state_of(branch) == ("Pending", "the next pass records sha256:cccccccccccc")


def test_after_a_revert_of_the_hold_the_next_pass_lets_it_come_back(branch: Branch) -> None:
    branch.move("ab")
    branch.revert()
    branch.run()
    branch.revert()
    assert state_of(branch) == ("Pending", "the next pass records sha256:bbbbbbbbbbbb")


def test_the_same_image_from_elsewhere_is_not_a_move(branch: Branch) -> None:
    branch.move("a")
    branch.put("a", OTHER)
    branch.start({"prod": docker(OTHER)})
    assert state_of(branch) == ("Pending", f"the next pass records that it comes from {OTHER}")


def test_a_tag_that_waits_for_an_undeclared_one_is_empty_and_no_pass_fails(branch: Branch) -> None:
    branch.start({"copy": FOLLOWED})
    (problem,) = branch.run().plan.problems
    assert not problem.is_failure
    assert state_of(branch, COPY) == (
        "Empty",
        "team-a/app:copy follows a tag that is not declared: team-a/app:copy -> team-a/app:prod. It moves once "
        "something is pushed there; declare it, or give team-a/app:copy another source.",
    )


def test_a_tag_that_waits_and_has_an_image_keeps_it(branch: Branch) -> None:
    branch.put("b")
    branch.start({"prod": docker(ONE), "copy": FOLLOWED})
    branch.run()
    branch.start({"copy": FOLLOWED})
    branch.run()
    assert (branch.stack(COPY), branch.stack(PROD), state_of(branch, COPY)[0]) == ("b", "", "InSync")


def test_problems_of_other_tags_and_streams_are_none_of_an_import(branch: Branch) -> None:
    branch.put("a")
    broken = "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: other, namespace: team-a}\n"
    spec = f"spec: {{tags: [{{name: 'a b'}}, {{name: dev, from: {docker('registry.example/gone:1')}}}]}}\n"
    branch.git.commit({"other.yaml": broken + spec, "broken.yaml": "kind: ImageStream\n  x: y\n"}, "Break others")
    assert bring(branch, "team-a/app:prod").plan.problems == ()
    assert bring(branch, "team-a/app").plan.problems == ()
    own = [problem.message for problem in bring(branch, "team-a/other").plan.problems]
    assert own == ["registry.example/gone:1 is not there."]


def test_an_import_of_a_stream_reports_what_is_wrong_with_its_own_tags(branch: Branch) -> None:
    branch.put("a")
    tags = f"spec: {{tags: [{{name: prod, from: {docker(ONE)}}}, {{name: dev, from: {docker('A B')}}}]}}\n"
    head = "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: app, namespace: team-a}\n"
    branch.git.commit({"is.yaml": head + tags}, "Break one tag")
    assert len(bring(branch, "team-a/app").plan.problems) == 1
