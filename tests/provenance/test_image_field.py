"""Image fields in time: which are new since the reconciler last wrote, and who gave the others their values."""

from __future__ import annotations

import pytest

from reconciler.gitstore import Repository
from reconciler.planning.world import Edited
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.declare import FileReadings
from reconciler.reconcile.observe import read_world
from tests.kit.branch import COPY, DEV, FOLLOWED, ONE, OTHER, PROD, Branch, declared, docker
from tests.kit.git import GitKit
from tests.kit.workload import APP, deployment, fields, follows, pull_spec, values, write

FIELD = f"{APP}#spec.template.spec.containers[0].image"
SECOND = f"{APP}#spec.template.spec.containers[1].image"


@pytest.fixture
def workload(branch: Branch) -> Branch:
    """A branch with one event and a workload that follows it."""
    branch.move("a")
    write(branch, follows("none"))
    assert len(branch.run().commits) == 1
    assert values(branch) == [pull_spec("a")]
    return branch


def edited(branch: Branch) -> Edited:
    return read_world(branch.repository(), branch.git.head(), "main").edited


# What is new.


def test_without_a_commit_of_ours_every_field_is_new(branch: Branch) -> None:
    write(branch, deployment({"app": "x", "side": "y"}, {"app": PROD, "side": PROD}))
    assert edited(branch).new_fields == {FIELD, SECOND}


def test_a_field_that_the_tip_has_is_not_new(workload: Branch) -> None:
    assert edited(workload).new_fields == frozenset()
    write(workload, follows(pull_spec("a"), replicas=3))
    assert edited(workload).new_fields == frozenset()
    workload.git.commit({"notes.txt": "1\n"}, "Note")
    assert edited(workload).new_fields == frozenset()


def test_a_trigger_that_was_added_is_new(workload: Branch) -> None:
    write(workload, deployment({"app": pull_spec("a"), "side": "y"}, {"app": PROD, "side": PROD}))
    assert edited(workload).new_fields == {SECOND}
    workload.run()
    assert values(workload) == [pull_spec("a")] * 2
    assert edited(workload).new_fields == frozenset()


def test_a_trigger_that_names_another_istag_is_new(kit: GitKit) -> None:
    branch = Branch(kit.repository())
    branch.start({"prod": docker(ONE), "dev": docker(OTHER)})
    branch.put("a")
    branch.put("b", OTHER)
    write(branch, follows("none"))
    branch.run()
    assert values(branch) == [pull_spec("a")]
    write(branch, follows(pull_spec("a"), DEV))
    assert edited(branch).new_fields == {FIELD}
    branch.run()
    assert values(branch) == [pull_spec("b")]


def test_a_trigger_is_new_once_it_is_not_paused_any_more(workload: Branch) -> None:
    write(workload, follows("mine", paused=True))
    workload.run()
    workload.move("b")
    assert values(workload) == ["mine"]
    write(workload, follows("mine"))
    assert edited(workload).new_fields == {FIELD}
    workload.run()
    assert values(workload) == [pull_spec("b")]


def test_a_container_that_comes_before_makes_no_field_new(workload: Branch) -> None:
    write(workload, deployment({"first": "x", "app": "mine"}, {"app": PROD}))
    assert fields(workload).keys() == {SECOND}
    assert edited(workload).new_fields == frozenset()
    workload.run()
    assert values(workload) == ["mine"]


@pytest.mark.parametrize("value", ["mine", pull_spec("a")])
def test_a_file_that_moves_keeps_what_a_person_wrote(workload: Branch, value: str) -> None:
    workload.git.git("mv", APP, "moved.yaml")
    write(workload, follows(value), "moved.yaml")
    assert edited(workload).new_fields == frozenset()
    workload.run()
    assert values(workload) == [value]


def test_a_file_that_is_copied_is_new(workload: Branch) -> None:
    write(workload, follows("mine"), "copy.yaml")
    assert edited(workload).new_fields == {FIELD.replace(APP, "copy.yaml")}


def test_an_object_that_goes_into_a_file_of_its_own_is_not_new(workload: Branch) -> None:
    both = follows(pull_spec("a")) + "---\n" + deployment({"app": "x"}, {"app": PROD}, name="other")
    write(workload, both)
    workload.run()
    write(workload, deployment({"app": "mine"}, {"app": PROD}, name="other"), "other.yaml")
    write(workload, follows(pull_spec("a")))
    assert edited(workload).new_fields == frozenset()


def test_another_file_may_make_a_field(workload: Branch) -> None:
    """Only the kustomization changes; the file that it used as a patch does not."""
    kustomization = "kind: Kustomization\nresources: [base.yaml]\npatches: [{path: patch.yaml}]\n"
    write(workload, follows("none"), "k/patch.yaml")
    write(workload, kustomization, "k/kustomization.yaml")
    workload.move("b")
    assert edited(workload).new_fields == frozenset()
    write(workload, kustomization.replace("patch.yaml", "else.yaml"), "k/kustomization.yaml")
    assert edited(workload).new_fields == {FIELD.replace(APP, "k/patch.yaml")}


def test_the_config_may_make_a_field(workload: Branch) -> None:
    config = (workload.git.path / "reconciler.yaml").read_text(encoding="utf-8")
    write(workload, follows("none"), "left/out.yaml")
    write(workload, f"{config}  streams: {{exclude: [left/**]}}\n", "reconciler.yaml")
    workload.move("b")
    assert edited(workload).new_fields == frozenset()
    write(workload, config, "reconciler.yaml")
    assert edited(workload).new_fields == {FIELD.replace(APP, "left/out.yaml")}
    write(workload, f"{config}  schedule: {{interval: 1h}}\n", "reconciler.yaml")
    assert edited(workload).new_fields == {FIELD.replace(APP, "left/out.yaml")}


def test_without_a_tip_the_newest_own_commit_counts(workload: Branch) -> None:
    """It may be one that wrote only a workload."""
    write(workload, deployment({"app": "mine", "side": "y"}, {"app": PROD, "side": PROD}))
    workload.forget_the_tip()
    assert edited(workload).new_fields == {SECOND}


def test_on_a_rewritten_branch_the_dropped_commit_counts(workload: Branch) -> None:
    workload.move("b")
    workload.git.git("reset", "-q", "--hard", "HEAD~1")
    write(workload, deployment({"app": "mine", "side": "y"}, {"app": PROD, "side": PROD}))
    assert edited(workload).new_fields == {SECOND}


def test_a_value_that_was_right_and_that_a_person_changed_is_not_new(workload: Branch) -> None:
    """The trigger needed no commit, so the tip does not have it."""
    write(workload, deployment({"app": pull_spec("a"), "side": pull_spec("a")}, {"app": PROD, "side": PROD}))
    assert workload.run().commits == ()
    mine = write(workload, deployment({"app": pull_spec("a"), "side": "mine"}, {"app": PROD, "side": PROD}))
    assert edited(workload).new_fields == frozenset()
    workload.run()
    assert values(workload) == [pull_spec("a"), "mine"]
    assert edited(workload).field_authors[SECOND].commit == mine


def test_what_a_command_wrote_above_the_tip_is_not_new(workload: Branch) -> None:
    workload.move("b")
    write(workload, deployment({"app": pull_spec("b"), "side": "y"}, {"app": PROD, "side": PROD}))
    workload.roll_back(PROD)
    assert values(workload) == [pull_spec("a")] * 2
    write(workload, deployment({"app": pull_spec("a"), "side": "mine"}, {"app": PROD, "side": PROD}))
    assert edited(workload).new_fields == frozenset()


def test_a_field_that_was_never_written_stays_new(workload: Branch) -> None:
    """Its istag was frozen when it came, and the tip has moved since."""
    workload.freeze(PROD, frozen=True)
    write(workload, deployment({"app": pull_spec("a"), "side": "y"}, {"app": PROD, "side": PROD}))
    workload.run()
    workload.put("c", OTHER)
    spec = declared({"prod": docker(ONE), "dev": docker(OTHER)}, {"prod"})
    write(workload, spec, "is.yaml")
    assert len(workload.run().commits) == 1
    assert values(workload) == [pull_spec("a"), "y"]
    assert edited(workload).new_fields == {SECOND}
    mine = write(workload, deployment({"app": "mine", "side": "y"}, {"app": PROD, "side": PROD}))
    assert edited(workload).new_fields == {SECOND}
    assert {name: each.commit for name, each in edited(workload).field_authors.items()} == {FIELD: mine}
    workload.freeze(PROD, frozen=False)
    workload.run()
    assert values(workload) == ["mine", pull_spec("a")]


def test_a_file_that_moved_long_ago_keeps_what_a_person_wrote(workload: Branch) -> None:
    write(workload, follows("mine"))
    workload.git.git("mv", APP, "moved.yaml")
    workload.git.commit(message="Move")
    write(workload, deployment({"app": "none"}, {"app": PROD}, name="other"))
    workload.run()
    assert values(workload) == [pull_spec("a"), "mine"]
    assert edited(workload).new_fields == frozenset()


def test_a_file_that_was_damaged_in_between_keeps_what_a_person_wrote(workload: Branch) -> None:
    write(workload, follows("mine"))
    write(workload, "<<<<<<< HEAD\n" + follows("mine"))
    workload.put("c", OTHER)
    write(workload, declared({"prod": docker(ONE), "dev": docker(OTHER)}), "is.yaml")
    assert len(workload.run().commits) == 1
    write(workload, follows("mine"))
    workload.run()
    assert values(workload) == ["mine"]


def test_kept_readings_change_nothing(workload: Branch) -> None:
    write(workload, deployment({"app": "mine", "side": "y"}, {"app": PROD, "side": PROD}))
    repository, readings = workload.repository(), FileReadings()
    snapshot = read_snapshot(repository, workload.git.head(), readings=readings)
    for _ in range(2):
        world = read_world(repository, workload.git.head(), "main", snapshot, readings)
        assert world.edited == edited(workload)
    assert read_snapshot(repository, workload.git.head(), readings=readings) == snapshot


# Who gave a value.


def author(branch: Branch) -> tuple[str, str]:
    found = edited(branch).field_authors[FIELD]
    return found.person.name, found.commit


def test_the_author_is_the_person_who_changed_the_value_last(workload: Branch) -> None:
    write(workload, follows("other"))
    mine = write(workload, follows("mine"))
    write(workload, follows("mine", replicas=4))
    workload.git.commit({"notes.txt": "1\n"}, "Note")
    assert author(workload) == ("Jane Doe", mine)


def test_who_takes_back_a_commit_of_ours_is_the_author(workload: Branch) -> None:
    reverting = workload.revert()
    assert values(workload) == ["none"]
    assert author(workload) == ("Jane Doe", reverting)
    assert workload.run().commits == ()


def test_the_value_of_a_merged_branch_is_that_of_its_commit(workload: Branch) -> None:
    workload.git.git("checkout", "-q", "-b", "side")
    mine = write(workload, follows("mine"))
    workload.git.git("checkout", "-q", "main")
    workload.git.commit({"notes.txt": "1\n"}, "Note")
    workload.git.git("merge", "-q", "--no-edit", "--no-ff", "side")
    assert author(workload) == ("Jane Doe", mine)


def test_a_merge_that_chose_another_value_is_its_author(workload: Branch) -> None:
    workload.git.git("checkout", "-q", "-b", "side")
    write(workload, follows("theirs"))
    workload.git.git("checkout", "-q", "main")
    write(workload, follows("ours"))
    workload.git.raw("merge", "-q", "--no-commit", "side", check=False)
    merge = write(workload, follows("mine"), message="Merge")
    assert author(workload) == ("Jane Doe", merge)


def test_a_merge_that_took_one_side_is_not_the_author(workload: Branch) -> None:
    workload.git.git("checkout", "-q", "-b", "side")
    mine = write(workload, follows("theirs"))
    workload.git.git("checkout", "-q", "main")
    write(workload, follows("ours"))
    workload.git.raw("merge", "-q", "--no-commit", "side", check=False)
    write(workload, follows("theirs", replicas=7), message="Merge")
    assert author(workload) == ("Jane Doe", mine)


def test_the_author_is_found_where_the_container_moved(workload: Branch) -> None:
    mine = write(workload, follows("mine"))
    write(workload, deployment({"first": "x", "app": "mine"}, {"app": PROD}))
    found = edited(workload).field_authors[SECOND]
    assert found.commit == mine


def test_versions_that_cannot_be_read_have_no_value(workload: Branch) -> None:
    write(workload, follows("mine"))
    write(workload, "{{ broken\n")
    again = write(workload, follows("mine"))
    assert author(workload) == ("Jane Doe", again)


def test_a_field_that_follows_a_tag_that_follows_has_an_author_too(kit: GitKit) -> None:
    branch = Branch(kit.repository())
    branch.start({"prod": docker(ONE), "copy": FOLLOWED})
    branch.put("a")
    write(branch, follows("none", COPY))
    branch.run()
    assert values(branch) == [pull_spec("a")]
    mine = write(branch, follows("mine", COPY))
    assert author(branch) == ("Jane Doe", mine)
    assert isinstance(branch.repository(), Repository)
