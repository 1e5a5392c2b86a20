"""Selections: forwards by themselves, backwards only by a person, and nothing from an incomplete list."""

from __future__ import annotations

import dataclasses

import pytest

from reconciler.model.change import ChangeKind
from reconciler.model.history import Cause, HeldImage, TagHistory, TagHold
from reconciler.model.host import Host
from reconciler.model.observation import Failure, Listing, Reason
from reconciler.model.person import Person, Request
from reconciler.model.plan import Problem
from reconciler.model.stream import ImportMode
from reconciler.planning import lookup
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.subject import Subjects
from reconciler.planning.world import Holder, Restorable
from tests.kit.selecting import (
    HOLD,
    PROD,
    REPOSITORY,
    Warehouse,
    held,
    moved,
    observed,
    passed,
    recorded,
    selecting,
    world,
)
from tests.kit.world import FILE, NOW_TEXT, changed, declare, digest, docker, event, made, stack

RANGE = {"semver": ">=1.4 <2"}
JANE = Person("Jane Doe", "jane@example.com")
IMPORT = PassScope(declared=False, scheduled=False, requested=frozenset({PROD}), person=JANE)
DOWN = Failure(Reason.UNREACHABLE, "quay.io cannot be reached.")


def only_problem(problems: tuple[Problem, ...], reason: Reason) -> str:
    assert [(each.tag, each.reason, each.file, each.line) for each in problems] == [(PROD, reason, FILE, 10)]
    return problems[0].message


def test_the_greatest_wanted_version_is_declared_with_the_version_in_its_source() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.10.0": "b", "2.0.0": "c", "latest": "c", "1.9.0": "d"})
    (change,) = passed(world(selecting(RANGE)), shelf).changes
    assert change.history == stack(
        "app:prod", event(digest("b"), 1, docker(f"{REPOSITORY}:1.10.0"), created=NOW_TEXT, cause=Cause.DECLARED)
    )
    assert (change.cause, change.source) == ("declared", docker(f"{REPOSITORY}:1.10.0"))
    assert shelf.requested == ["1.10.0"]


def test_a_newer_version_moves_the_tag_by_schedule() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "b"})
    (change,) = passed(world(selecting(RANGE), recorded("1.4.1=a")), shelf).changes
    assert (change.kind, change.cause, change.previous, change.image) == (
        ChangeKind.MOVE,
        "scheduled",
        digest("a"),
        digest("b"),
    )


def test_a_resolved_selection_without_a_schedule_needs_no_lookup() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "b"})
    unscheduled = world(selecting(RANGE, scheduled=False), recorded("1.4.1=a"))
    assert passed(unscheduled, shelf).changes == ()
    assert shelf.requested == []
    assert lookup.listings(Subjects(unscheduled, PassScope())) == frozenset()


def test_a_request_moves_an_unscheduled_selection_in_the_name_of_the_person() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "b"})
    (change,) = passed(world(selecting(RANGE, scheduled=False), recorded("1.4.1=a")), shelf, IMPORT).changes
    assert (change.cause, change.image, change.request) == ("requested", digest("b"), Request(JANE))


def test_nothing_newer_costs_one_list_and_one_question_and_changes_nothing() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.3.0": "b", "2.0.0": "c"})
    result = passed(world(selecting(RANGE), recorded("1.4.1=a")), shelf)
    assert (result.changes, result.problems) == ((), ())
    assert shelf.requested == ["1.4.1"]


def test_the_same_image_under_a_newer_version_rewrites_the_source_in_place() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "a"})
    (change,) = passed(world(selecting(RANGE), recorded("1.4.1=a")), shelf).changes
    assert (change.kind, change.source) == (ChangeKind.REWRITE, docker(f"{REPOSITORY}:1.4.2"))


def test_two_spellings_of_one_version_are_neither_newer() -> None:
    shelf = Warehouse({"v1.4.1": "b", "1.4.1": "a", "1.4.1_build.2": "c"})
    assert passed(world(selecting(RANGE), recorded("1.4.1=a")), shelf).changes == ()
    assert moved(passed(world(selecting(RANGE)), shelf)) == "v1.4.1=b"


# Incomplete lists.


def test_a_list_that_failed_changes_nothing_and_is_reported() -> None:
    result = passed(world(selecting(RANGE), recorded("1.4.1=a")), Warehouse({"1.4.2": "b"}, listing=DOWN))
    assert result.changes == ()
    assert only_problem(result.problems, Reason.UNREACHABLE) == "quay.io cannot be reached."


def test_a_version_that_cannot_be_looked_at_changes_nothing_although_a_lower_one_could() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "b", "1.4.3": "c"}, failures={"1.4.3": DOWN})
    result = passed(world(selecting(RANGE), recorded("1.4.1=a")), shelf)
    assert result.changes == ()
    assert only_problem(result.problems, Reason.UNREACHABLE) == "quay.io cannot be reached."


def test_a_list_without_the_recorded_version_that_is_still_there_is_incomplete() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "b"}, unlisted={"1.4.1"})
    result = passed(world(selecting(RANGE), recorded("1.4.1=a")), shelf)
    assert result.changes == ()
    assert only_problem(result.problems, Reason.MISMATCH) == (
        "team-a/app:prod: the list of quay.io/acme/app lacks 1.4.1, which is still there, so it is incomplete. "
        "Nothing is chosen from it; the next pass lists again."
    )


def test_a_list_that_shrank_to_older_versions_changes_nothing() -> None:
    shelf = Warehouse({"1.4.0": "b", "1.4.1": "a"}, unlisted={"1.4.1"})
    result = passed(world(selecting(RANGE), recorded("1.4.1=a")), shelf)
    assert result.changes == ()
    assert "is incomplete" in only_problem(result.problems, Reason.MISMATCH)


def test_where_the_recorded_version_cannot_be_looked_at_nothing_is_chosen() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "b"}, unlisted={"1.4.1"}, failures={"1.4.1": DOWN})
    result = passed(world(selecting(RANGE), recorded("1.4.1=a")), shelf)
    assert result.changes == ()
    assert only_problem(result.problems, Reason.UNREACHABLE) == "quay.io cannot be reached."


def test_a_vanished_version_leaves_its_image() -> None:
    result = passed(world(selecting(RANGE), recorded("1.4.2=b")), Warehouse({"1.4.1": "a"}))
    assert result.changes == ()
    assert only_problem(result.problems, Reason.NOT_FOUND) == (
        "quay.io/acme/app:1.4.2 is not there. team-a/app:prod keeps its image."
    )


def test_a_newer_version_is_taken_although_the_recorded_one_vanished() -> None:
    assert moved(passed(world(selecting(RANGE), recorded("1.4.1=a")), Warehouse({"1.4.2": "b"}))) == "1.4.2=b"


def test_a_listed_version_that_is_gone_is_passed_over() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "b", "1.4.3": "c"})
    shelf.failures["1.4.3"] = Failure(Reason.NOT_FOUND, "quay.io/acme/app:1.4.3 is not there.")
    assert moved(passed(world(selecting(RANGE), recorded("1.4.1=a")), shelf)) == "1.4.2=b"


def test_a_list_of_versions_that_are_all_gone_is_not_looked_up_to_its_end() -> None:
    shelf = Warehouse({f"1.4.{number}": "a" for number in range(100)})
    gone = Failure(Reason.NOT_FOUND, "it is not there.")
    shelf.failures = {f"1.4.{number}": gone for number in range(1, 100)}
    result = passed(world(selecting(RANGE), recorded("1.4.0=a")), shelf)
    assert only_problem(result.problems, Reason.NOT_FOUND) == "it is not there."
    assert len(shelf.requested) == 11


def test_a_list_without_a_fitting_tag_is_reported_with_the_policy() -> None:
    result = passed(world(selecting(RANGE)), Warehouse({"latest": "a"}))
    assert only_problem(result.problems, Reason.NOT_FOUND) == (
        "team-a/app:prod: no tag of quay.io/acme/app fits (semver >=1.4 <2). Push one that does, or "
        "change what is selected."
    )


# Versions that moved.


def test_a_recorded_version_with_another_image_is_shouted_about_and_not_followed() -> None:
    result = passed(world(selecting(RANGE), recorded("1.4.1=a")), Warehouse({"1.4.1": "b"}))
    assert result.changes == ()
    assert only_problem(result.problems, Reason.MISMATCH) == (
        "team-a/app:prod: quay.io/acme/app:1.4.1 was sha256:aaaaaaaaaaaa and now is sha256:bbbbbbbbbbbb, but a version "
        "never moves. It is not followed; `imagestream import team-a/app:prod` takes it."
    )


def test_a_recorded_version_that_moved_does_not_block_a_newer_one() -> None:
    shelf = Warehouse({"1.4.1": "b", "1.4.2": "c"})
    result = passed(world(selecting(RANGE), recorded("1.4.1=a")), shelf)
    assert (moved(result), result.problems) == ("1.4.2=c", ())


def test_a_request_takes_a_version_that_moved() -> None:
    shelf = Warehouse({"1.4.1": "b"})
    assert moved(passed(world(selecting(RANGE), recorded("1.4.1=a")), shelf, IMPORT)) == "1.4.1=b"


def test_a_request_never_goes_back_to_an_older_version() -> None:
    result = passed(world(selecting(RANGE), recorded("1.4.2=b")), Warehouse({"1.4.1": "a"}), IMPORT)
    assert result.changes == ()
    assert "keeps its image" in only_problem(result.problems, Reason.NOT_FOUND)


def test_another_import_mode_does_not_count_as_a_moved_version_and_does_not_go_back() -> None:
    shelf = Warehouse({"1.4.0": "c", "1.4.1": "b"})
    tag = selecting(RANGE, import_mode=ImportMode.LEGACY)
    (change,) = passed(world(tag, recorded("1.4.1=a")), shelf).changes
    assert (change.cause, change.image, change.source) == ("declared", digest("b"), docker(f"{REPOSITORY}:1.4.1"))


# New declarations.


@pytest.mark.parametrize(
    ("policy", "expected"), [({"semver": "<1.4"}, "1.3.0=b"), ({"semver": "*", "exclude": "^1.4.1$"}, "1.4.0=c")]
)
def test_a_policy_that_does_not_want_the_recorded_version_declares_anew_and_may_go_back(
    policy: dict[str, str], expected: str
) -> None:
    shelf = Warehouse({"1.3.0": "b", "1.4.1": "a"} | ({"1.4.0": "c"} if "exclude" in policy else {}))
    result = passed(world(selecting(policy, scheduled=False), recorded("1.4.1=a")), shelf)
    assert (moved(result), result.changes[0].cause) == (expected, "declared")


def test_a_wider_policy_that_selects_the_recorded_version_is_not_a_new_declaration() -> None:
    shelf = Warehouse({"1.4.1": "a", "2.0.0": "b"})
    tag = selecting({"semver": ">=1"}, scheduled=False)
    subject = Subjects(world(tag, recorded("1.4.1=a")), PassScope()).of(PROD)
    assert subject is not None
    assert subject.cause is None
    assert passed(world(tag, recorded("1.4.1=a")), shelf).changes == ()


def test_a_policy_is_not_changed_by_an_incomplete_list_either() -> None:
    shelf = Warehouse({"1.3.0": "b", "1.4.1": "a"}, unlisted={"1.4.1"})
    result = passed(world(selecting({"semver": "<1.4"}), recorded("1.4.1=a")), shelf)
    assert result.changes == ()
    assert "is incomplete" in only_problem(result.problems, Reason.MISMATCH)


def test_another_repository_is_declared_anew() -> None:
    before = TagHistory(PROD, (event(digest("a"), 1, docker("ghcr.io/acme/app:9.9.9")),))
    result = passed(world(selecting(RANGE), before), Warehouse({"1.4.1": "b"}))
    assert (moved(result), result.changes[0].cause) == ("1.4.1=b", "declared")


# Roll backs.


def test_a_version_that_was_rolled_back_is_held_until_a_newer_one_appears() -> None:
    rolled_back = world(selecting(RANGE), recorded("1.4.1=a"), held("b"))
    rolled_back = changed(rolled_back, holders={(PROD, digest("b")): Holder(JANE, "9" * 40)})
    shelf = Warehouse({"1.4.0": "d", "1.4.1": "a", "1.4.2": "b"})
    result = passed(rolled_back, shelf)
    assert result.changes == ()
    assert only_problem(result.problems, Reason.HELD) == (
        "team-a/app:prod is held: sha256:bbbbbbbbbbbb was rolled back by Jane Doe in commit 999999999999. "
        "`imagestream unhold team-a/app:prod` releases it."
    )
    shelf.images["1.4.3"] = "c"
    assert moved(passed(rolled_back, shelf)) == "1.4.3=c"


def test_the_next_best_version_is_taken_where_the_best_is_held() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "b", "1.4.3": "c"})
    assert moved(passed(world(selecting(RANGE), recorded("1.4.1=a"), held("c")), shelf)) == "1.4.2=b"


def test_a_held_image_is_not_taken_under_a_newer_version_either() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "b", "1.4.3": "b"})
    result = passed(world(selecting(RANGE), recorded("1.4.1=a"), held("b")), shelf)
    assert result.changes == ()
    only_problem(result.problems, Reason.HELD)


def test_after_a_roll_back_of_the_first_import_no_older_version_is_taken() -> None:
    shelf = Warehouse({"1.4.0": "a", "1.4.1": "b"})
    result = passed(world(selecting(RANGE), None, held("b")), shelf)
    assert result.changes == ()
    only_problem(result.problems, Reason.HELD)
    shelf.images["1.4.2"] = "c"
    assert moved(passed(world(selecting(RANGE), None, held("b")), shelf)) == "1.4.2=c"


def test_after_a_roll_back_to_another_source_no_older_version_is_taken() -> None:
    before = TagHistory(PROD, (event(digest("d"), 1, docker("quay.io/acme/old:7")),))
    shelf = Warehouse({"1.4.0": "a", "1.4.1": "b"})
    result = passed(world(selecting(RANGE), before, held("b")), shelf)
    assert result.changes == ()
    only_problem(result.problems, Reason.HELD)


def test_without_a_schedule_a_roll_back_of_the_first_import_is_resolved_by_its_hold() -> None:
    shelf = Warehouse({"1.4.1": "b", "1.4.2": "c"})
    assert passed(world(selecting(RANGE, scheduled=False), None, held("b")), shelf).changes == ()
    assert shelf.requested == ["1.4.2"]  # its image shows whether it is held


def test_a_held_tag_that_is_not_due_is_reported_while_its_best_version_is_the_held_one() -> None:
    tag = world(selecting(RANGE, scheduled=False), recorded("1.4.1=a"), held("b"))
    result = passed(tag, Warehouse({"1.4.1": "a", "1.4.2": "b"}))
    assert result.changes == ()
    only_problem(result.problems, Reason.HELD)
    assert passed(tag, Warehouse({"1.4.1": "a", "1.4.3": "c"})).problems == ()


def test_a_changed_policy_goes_past_what_is_held() -> None:
    shelf = Warehouse({"1.3.0": "c", "1.4.0": "b", "1.4.1": "a"})
    tag = selecting({"semver": "*", "exclude": "^1.4.1$"})
    assert moved(passed(world(tag, recorded("1.4.1=a"), held("b")), shelf)) == "1.3.0=c"


def test_a_moved_version_whose_new_image_is_held_stays_held() -> None:
    result = passed(world(selecting(RANGE), recorded("1.4.1=a"), held("b")), Warehouse({"1.4.1": "b"}), IMPORT)
    assert result.changes == ()
    only_problem(result.problems, Reason.HELD)


def test_a_hold_that_names_a_version_the_tag_could_select_still_holds() -> None:
    # All that is known of the spec if its file did not load at the roll back.
    entry = HeldImage(digest("b"), None, HOLD, docker(f"{REPOSITORY}:1.4.2"))
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "b"})
    result = passed(world(selecting(RANGE), recorded("1.4.1=a"), TagHold(PROD, (entry,))), shelf)
    assert result.changes == ()
    only_problem(result.problems, Reason.HELD)


def test_a_hold_ends_when_the_spec_names_another_repository() -> None:
    entry = HeldImage(digest("b"), None, HOLD, docker("ghcr.io/acme/app"))
    result = passed(world(selecting(RANGE), None, TagHold(PROD, (entry,))), Warehouse({"1.4.2": "b"}))
    assert [(change.kind, change.image) for change in result.changes] == [
        (ChangeKind.UNHOLD, None),
        (ChangeKind.MOVE, digest("b")),
    ]


def test_a_frozen_selection_does_not_move() -> None:
    tag = selecting(RANGE, annotations={"reconciler/frozen": "true"})
    result = passed(world(tag, recorded("1.4.1=a")), Warehouse({"1.4.1": "a", "1.4.2": "b"}))
    assert result.changes == ()
    only_problem(result.problems, Reason.FROZEN)


def test_a_history_that_comes_back_from_git_counts_as_recorded() -> None:
    back = Restorable(recorded("1.4.2=b"), "9" * 40)
    planned = changed(world(selecting(RANGE)), restorable={PROD: back})
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "b"})
    assert [change.kind for change in passed(planned, shelf).changes] == [ChangeKind.RESTORE]
    shelf.images["1.4.3"] = "c"
    assert [change.kind for change in passed(planned, shelf).changes] == [ChangeKind.RESTORE, ChangeKind.MOVE]


# Lookups.


def test_tags_that_are_not_due_are_looked_up_too_where_everything_is() -> None:
    shelf = Warehouse({"1.4.1": "a", "1.4.2": "b"})
    observed(world(selecting(RANGE, scheduled=False), recorded("1.4.1=a")), shelf, everything=True)
    assert shelf.requested == ["1.4.2"]


def test_tags_of_one_repository_share_its_list() -> None:
    tags = {"app:prod": selecting(RANGE), "app:test": dataclasses.replace(selecting({"semver": "*"}), name="test")}
    assert lookup.listings(Subjects(made(declare(tags)), PassScope())) == {Listing(Host("quay.io"), "acme/app")}
