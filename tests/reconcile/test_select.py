"""Selections over passes on real git: what is committed, rolled back, held and shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.edit.pin import pin
from reconciler.edit.spec_edit import write_spec
from reconciler.edit.tag import TagRequest, tag
from reconciler.gitstore import Repository
from reconciler.model.config import Installation
from reconciler.model.name import IstagName
from reconciler.model.observation import Failure, ListAnswer, Listing, Reason
from reconciler.planning.pass_scope import PassScope
from reconciler.query.istag_scope import IstagScope
from reconciler.query.status import status
from reconciler.query.tag_status import TagStatus
from reconciler.reconcile.observe import observe_everything, read_world
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.run_pass import Reconciler, run_pass
from reconciler.reconcile.writer import Writer, choose_target
from tests.kit.branch import BOT, DEV, PROD, Branch, Shelf, config
from tests.kit.git import GitKit
from tests.kit.world import NOW, digest

APP = "registry.example/app"
STAYS = "As before: importPolicy.scheduled: true (imported periodically)."
HEAD = (
    "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: app, namespace: team-a}\nspec:\n  tags:\n"
)


def entry(tag: str, policy: str, *, scheduled: bool = True, source: str = APP) -> str:
    return (
        f"  - name: {tag}\n    annotations:\n      reconciler/select: '{policy}'\n"
        f"    from: {{kind: DockerImage, name: {source}}}\n"
        f"    importPolicy: {{scheduled: {'true' if scheduled else 'false'}}}\n"
    )


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    return Branch(GitKit(tmp_path).repository())


def declare(branch: Branch, *entries: str) -> None:
    branch.git.commit({"reconciler.yaml": config(20), "is.yaml": HEAD + "".join(entries)}, "Declare")


def push(branch: Branch, **images: str) -> None:
    """Versions by name, `v1_4_2="a"`."""
    for name, letter in images.items():
        branch.put(letter, f"{APP}:{name[1:].replace('_', '.')}")


def version(branch: Branch, name: IstagName = PROD) -> str | None:
    history = branch.snapshot().histories.get(name)
    source = history.top.source if history and history.top else None
    return source.name.removeprefix(f"{APP}:") if source else None


def row(branch: Branch, name: IstagName = PROD) -> TagStatus:
    repository = Repository.discover(branch.git.path)
    world = read_world(repository, branch.git.head(), "main")
    subjects = observe_everything(repository, world, Registries(branch.shelf, Installation()))
    (found,) = status(subjects, NOW, [IstagScope.parse(str(name), "")])
    return found


def test_the_chosen_version_is_in_the_commit_and_in_the_history(branch: Branch) -> None:
    declare(branch, entry("prod", 'semver: ">=1.4 <2"'))
    push(branch, v1_4_1="a", v1_4_2="b", v2_0_0="c")
    branch.run()
    assert (version(branch), branch.stack()) == ("1.4.2", "b")
    push(branch, v1_5_0="d")
    branch.run()
    message = branch.git.git("log", "-1", "--format=%B")
    assert message.startswith("Tag team-a/app:prod as sha256:dddddddddddd\n\nregistry.example/app:1.5.0 now is sha256:")
    assert f"Source: DockerImage {APP}:1.5.0\nCause: scheduled\n" in message
    assert branch.is_quiet()


def test_the_author_of_a_changed_policy_is_the_author_of_its_moves(branch: Branch) -> None:
    declare(branch, entry("prod", 'semver: ">=1.4 <2"'))
    push(branch, v1_3_0="a", v1_4_2="b")
    branch.run()
    branch.git.commit({"notes.txt": "1\n"}, "Something else")
    declare(branch, entry("prod", 'semver: "<1.4"'))
    asked = branch.git.head()
    branch.run()
    assert version(branch) == "1.3.0"
    assert f"Requested-In: {asked}" in branch.git.git("log", "-1", "--format=%B")


def test_a_reverted_version_stays_off_until_a_newer_one_appears(branch: Branch) -> None:
    declare(branch, entry("prod", 'semver: "1.x"'))
    push(branch, v1_4_1="a")
    branch.run()
    push(branch, v1_4_2="b")
    branch.run()
    branch.revert()
    branch.run()
    assert (version(branch), branch.held()) == ("1.4.1", "b")
    assert [(entry.source.name if entry.source else None) for entry in branch.snapshot().holds[PROD].held] == [APP]
    assert branch.is_quiet()
    assert (row(branch).state, row(branch).live) == ("Held", digest("b"))
    push(branch, v1_4_0="e", v1_4_3="c")
    branch.run()
    assert (version(branch), branch.stack(), branch.held()) == ("1.4.3", "ca", "b")
    assert branch.is_quiet()


def test_a_first_import_that_is_reverted_stays_empty_until_something_newer_appears(branch: Branch) -> None:
    declare(branch, entry("prod", 'semver: "1.x"'))
    push(branch, v1_4_0="a", v1_4_1="b")
    branch.run()
    branch.revert()
    branch.run()
    branch.run()
    assert (version(branch), branch.held()) == (None, "b")
    push(branch, v1_4_2="c")
    branch.run()
    assert version(branch) == "1.4.2"


def test_a_hold_ends_when_the_spec_names_another_source(branch: Branch) -> None:
    declare(branch, entry("prod", 'semver: "1.x"'))
    push(branch, v1_4_1="a")
    branch.run()
    push(branch, v1_4_2="b")
    branch.run()
    branch.revert()
    branch.run()
    branch.put("b", "other.example/app:1.4.2")
    declare(branch, entry("prod", 'semver: "1.x"', source="other.example/app"))
    branch.run()
    assert (branch.stack(), branch.held()) == ("ba", "")


def test_a_hold_outlives_a_file_that_did_not_load_at_the_roll_back(branch: Branch) -> None:
    declare(branch, entry("prod", 'semver: "1.x"'))
    push(branch, v1_4_1="a")
    branch.run()
    push(branch, v1_4_2="b")
    branch.run()
    event = branch.git.head()
    branch.git.commit({"is.yaml": HEAD + "  - {broken\n"}, "Break")
    branch.revert(event)
    branch.run()
    assert branch.held() == "b"
    declare(branch, entry("prod", 'semver: "1.x"'))
    branch.run()
    branch.run()
    assert (version(branch), branch.held()) == ("1.4.1", "b")


def test_a_pass_fetches_a_list_once_however_many_tags_select_from_it(branch: Branch) -> None:
    declare(branch, entry("prod", 'semver: "1.x"'), entry("dev", 'semver: "*-0"'))
    push(branch, v1_4_1="a", v1_5_0_rc="b")
    branch.shelf.images[f"{APP}:1.6.0-rc.1"] = digest("c")
    branch.run()
    assert (version(branch), version(branch, DEV)) == ("1.4.1", "1.6.0-rc.1")
    assert branch.shelf.requested.count(APP) == 1


def test_a_pass_that_plans_again_looks_nothing_up_twice(branch: Branch) -> None:
    declare(branch, entry("prod", 'semver: "1.x"'))
    push(branch, v1_4_1="a")

    class Pushing(Shelf):
        """Answer, after a person pushed a commit."""

        pushed = False

        def list_tags(self, listing: Listing) -> ListAnswer:
            if not self.pushed:
                self.pushed = True
                branch.git.commit({"notes.txt": "1\n"}, "Faster")
            return super().list_tags(listing)

    shelf = Pushing(branch.shelf.images)
    branch.run(shelf)
    assert version(branch) == "1.4.1"
    assert shelf.requested == [APP, f"{APP}:1.4.1"]


def test_a_pass_that_needed_only_a_list_that_failed_has_no_registry_to_reach(branch: Branch) -> None:
    declare(branch, entry("prod", 'semver: "1.x"'))
    branch.shelf.refused[APP] = Failure(Reason.UNREACHABLE, "registry.example cannot be reached.")
    result = branch.run()
    assert result.registries_unreachable
    assert [problem.message for problem in result.plan.problems] == ["registry.example cannot be reached."]


def test_build_times_are_fetched_once_in_one_process(branch: Branch) -> None:
    declare(branch, entry("prod", "newest: true"))
    push(branch, v1="a", v2="b")
    branch.shelf.built = {digest("a"): "2026-11-01T00:00:00Z", digest("b"): "2026-11-02T00:00:00Z"}
    repository = Repository.discover(branch.git.path)
    reconciler = Reconciler(Writer(repository, branch.clock, BOT), Registries(branch.shelf, Installation()))
    run_pass(reconciler, choose_target(repository, None, push=True), PassScope())
    assert version(branch) == "2"
    branch.shelf.built.clear()  # what is known now is not requested again
    assert run_pass(reconciler, choose_target(repository, None, push=True), PassScope()).plan.problems == ()


@pytest.mark.parametrize(
    ("images", "scheduled", "state", "live", "message"),
    [
        ({"v1_4_1": "a"}, True, "InSync", "a", ""),
        ({"v1_4_1": "a", "v1_4_2": "b"}, True, "Pending", "b", "the next pass records sha256:bbbbbbbbbbbb"),
        (
            {"v1_4_1": "a", "v1_4_2": "b"},
            False,
            "Behind",
            "b",
            "the registry has sha256:bbbbbbbbbbbb; `imagestream import` or a schedule would follow it",
        ),
        ({"v1_4_0": "c", "v1_4_1": "a"}, False, "InSync", "a", ""),
        (
            {"v1_4_0": "c"},
            True,
            "Failed",
            None,
            "registry.example/app:1.4.1 is not there. team-a/app:prod keeps its image.",
        ),
        (
            {"v1_4_1": "b"},
            True,
            "Failed",
            "b",
            "team-a/app:prod: registry.example/app:1.4.1 was sha256:aaaaaaaaaaaa and now is sha256:bbbbbbbbbbbb, but a "
            "version never moves. It is not followed; `imagestream import team-a/app:prod` takes it.",
        ),
    ],
)
def test_status_compares_with_the_best_version(
    branch: Branch, images: dict[str, str], state: str, live: str | None, message: str, *, scheduled: bool
) -> None:
    declare(branch, entry("prod", 'semver: "1.x"', scheduled=scheduled))
    push(branch, v1_4_1="a")
    branch.run()
    branch.shelf.images.clear()
    push(branch, **images)
    found = row(branch)
    assert (found.state, found.recorded, found.message) == (state, digest("a"), message)
    assert found.live == (digest(live) if live else None)
    assert found.selection == "semver 1.x"


def test_tagging_a_selecting_tag_takes_its_selection_off(branch: Branch) -> None:
    declare(branch, entry("prod", 'semver: "1.x"'))
    push(branch, v1_4_1="a", v1_4_2="b")
    branch.run()
    repository = Repository.discover(branch.git.path)
    writer = Writer(repository, branch.clock, BOT)
    asked = TagRequest(f"{APP}:1.4.1", ("team-a/app:prod",))
    target = choose_target(repository, None, push=True)
    result = write_spec(writer, target, BOT, lambda snapshot: tag(snapshot, repository, asked))
    assert result.notes == [
        f"Tag team-a/app:prod set to registry.example/app:1.4.1. It no longer selects (reconciler/select). {STAYS}"
    ]
    branch.run()
    assert (version(branch), branch.stack()) == ("1.4.1", "ab")


def test_promoting_to_a_selecting_tag_takes_its_selection_off(branch: Branch) -> None:
    declare(branch, entry("prod", 'semver: "1.x"'), entry("dev", 'semver: "2.x"'))
    push(branch, v1_4_1="a", v2_0_0="b")
    branch.run()
    repository = Repository.discover(branch.git.path)
    edited = pin(branch.snapshot(), repository, "team-a/app:dev", "team-a/app:prod", lambda _name, _event: None)
    assert edited.lines == (
        "team-a/app:prod moves from sha256:aaaaaaaaaaaa to sha256:bbbbbbbbbbbb, which team-a/app:dev means now. "
        "It no longer selects (reconciler/select).",
    )
    written = (edited.files["is.yaml"] or b"").decode()
    assert written.count("reconciler/select") == 1
    assert f"app@{digest('b')}" in written


def test_a_selection_is_taken_off_a_tag_with_another_error_too(branch: Branch) -> None:
    broken = entry("prod", 'semver: "1.x"').replace(
        "reconciler/select", "reconciler/frozen: 'yes'\n      reconciler/select"
    )
    plain = entry("dev", "x").replace("      reconciler/select: 'x'\n", "      reconciler/frozen: 'yes'\n")
    declare(branch, broken, plain)
    repository = Repository.discover(branch.git.path)
    edited = tag(branch.snapshot(), repository, TagRequest(f"{APP}:1.4.1", ("team-a/app:prod", "team-a/app:dev")))
    assert edited.lines == (
        f"Tag team-a/app:prod set to registry.example/app:1.4.1. It no longer selects (reconciler/select). {STAYS}",
        f"Tag team-a/app:dev set to registry.example/app:1.4.1. {STAYS}",
    )
    written = (edited.files["is.yaml"] or b"").decode()
    assert "reconciler/select" not in written
    assert written.count("reconciler/frozen: 'yes'") == 2
    assert written.count("registry.example/app:1.4.1") == 2


def test_a_policy_with_lookaround_is_a_finding_and_changes_nothing(branch: Branch) -> None:
    declare(branch, entry("prod", 'semver: "1.x"'))
    push(branch, v1_4_1="a")
    branch.run()
    declare(branch, entry("prod", '{semver: 1.x, exclude: "(?!x)"}'))
    result = branch.run()
    assert result.plan.changes == ()
    assert [problem.reason for problem in result.plan.problems] == [Reason.INVALID]
