"""The plan: one rule in each test (design 3.2 to 3.4). Reading files and git is tested elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.model.change import ChangeKind, Move, Unhold
from reconciler.model.config import Config
from reconciler.model.history import Cause, HeldImage, TagHold
from reconciler.model.observation import Answer, Failure, Found, Reason
from reconciler.model.person import Person, Request
from reconciler.model.plan import Problem
from reconciler.model.stream import ImportMode, Source
from reconciler.planning import lookup
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.plan import plan
from reconciler.planning.subject import Subjects
from tests.kit.planned import only_change, only_problem, world
from tests.kit.world import (
    FILE,
    NOW,
    NOW_TEXT,
    A,
    B,
    C,
    changed,
    docker,
    event,
    follows,
    istag,
    of_kind,
    pins,
    spec,
    stack,
)

APP = docker("quay.io/acme/app:1")
PINNED = pins(f"app@{B}")
JANE = Person("Jane Doe", "jane@example.com")
COMMIT = "8c1d" * 10


def test_a_first_event_records_image_spelling_time_generation_source_and_cause() -> None:
    change = only_change(world({"app:prod": spec("prod", APP)}, given={"quay.io/acme/app:1": Found(A)}))
    change = of_kind(change, Move)
    assert (change.image, change.previous, change.cause, change.first) == (A, None, "declared", True)
    assert change.files == ("history/team-a/app/prod.yaml",)
    assert change.history == stack("app:prod", event(A, 1, APP, created=NOW_TEXT))


def test_the_recorded_pull_spec_keeps_the_users_spelling() -> None:
    change = only_change(world({"app:prod": spec("prod", docker("nginx"))}, given={"nginx": Found(A)}))
    assert change.history is not None
    assert change.history.items[0].pull_spec == f"nginx@{A}"


def test_a_new_image_goes_on_top_with_the_next_generation() -> None:
    before = stack("app:prod", event(A, 4, APP))
    change = only_change(
        world({"app:prod": spec("prod", APP, scheduled=True)}, before, given={"quay.io/acme/app:1": Found(B)})
    )
    change = of_kind(change, Move)
    assert (change.previous, change.cause, change.first) == (A, "scheduled", False)
    assert change.history is not None
    assert [(item.image, item.generation) for item in change.history.items] == [(B, 5), (A, 4)]


def test_an_old_image_tagged_again_is_a_new_event() -> None:
    before = stack("app:prod", event(B, 2, APP), event(A, 1, APP))
    change = only_change(
        world({"app:prod": spec("prod", APP, scheduled=True)}, before, given={"quay.io/acme/app:1": Found(A)})
    )
    assert change.history is not None
    assert [item.image for item in change.history.items] == [A, B, A]


def test_the_same_image_again_changes_nothing() -> None:
    before = stack("app:prod", event(A, 1, APP))
    result = plan(
        world({"app:prod": spec("prod", APP, scheduled=True)}, before, given={"quay.io/acme/app:1": Found(A)}), NOW
    )
    assert (result.changes, result.problems) == ((), ())


def test_the_same_image_from_another_source_rewrites_the_top_in_place() -> None:
    before = stack("app:prod", event(A, 3, APP, created="2026-01-01T00:00:00Z"), event(B, 2, APP))
    other = docker("ghcr.io/acme/app:1")
    change = only_change(world({"app:prod": spec("prod", other)}, before, given={"ghcr.io/acme/app:1": Found(A)}))
    assert (change.kind, change.image, change.previous) == (ChangeKind.REWRITE, A, A)
    assert change.history is not None
    top = change.history.items[0]
    assert (top.pull_spec, top.source, top.cause) == (f"ghcr.io/acme/app@{A}", other, Cause.DECLARED)
    assert (top.created, top.generation, len(change.history.items)) == ("2026-01-01T00:00:00Z", 3, 2)


def test_the_history_is_cut_at_its_limit() -> None:
    before = stack("app:prod", event(B, 2, APP), event(A, 1, APP))
    base = world({"app:prod": spec("prod", APP, scheduled=True)}, before, given={"quay.io/acme/app:1": Found(C)})
    change = only_change(changed(base, config=Config(history_limit=2)))
    assert change.history is not None
    assert [item.image for item in change.history.items] == [C, B]


@pytest.mark.parametrize("reason", [Reason.NOT_FOUND, Reason.DENIED, Reason.UNREACHABLE, Reason.RATE_LIMITED])
def test_a_failed_look_changes_nothing_and_is_reported(reason: Reason) -> None:
    before = stack("app:prod", event(A, 1, APP))
    problem = only_problem(
        world(
            {"app:prod": spec("prod", APP, scheduled=True)},
            before,
            given={"quay.io/acme/app:1": Failure(reason, "quay.io said no.")},
        )
    )
    assert problem == Problem(istag("app:prod"), reason, "quay.io said no.", FILE, 10)


def test_a_resolved_tag_without_a_schedule_is_not_looked_up() -> None:
    before = stack("app:prod", event(A, 1, APP))
    result = plan(world({"app:prod": spec("prod", APP)}, before, given={"quay.io/acme/app:1": Found(B)}), NOW)
    assert result.changes == ()


def test_a_request_moves_an_unscheduled_tag_in_the_name_of_the_person() -> None:
    before = stack("app:prod", event(A, 1, APP))
    jane = Person("Jane Doe", "jane@example.com")
    scope = PassScope(declared=False, scheduled=False, requested=frozenset({istag("app:prod")}), person=jane)
    change = only_change(world({"app:prod": spec("prod", APP)}, before, given={"quay.io/acme/app:1": Found(B)}), scope)
    assert (change.image, change.cause, change.request) == (B, "requested", Request(jane))


def test_a_request_for_one_tag_leaves_the_others_alone() -> None:
    tags = {"app:prod": spec("prod", APP), "app:new": spec("new", docker("quay.io/acme/app:2"))}
    scope = PassScope(declared=False, scheduled=False, requested=frozenset({istag("app:prod")}))
    given: dict[str, Answer] = {"quay.io/acme/app:1": Found(B), "quay.io/acme/app:2": Found(C)}
    result = plan(world(tags, stack("app:prod", event(A, 1, APP)), given=given), NOW, scope)
    assert [change.tag for change in result.changes] == [istag("app:prod")]


def test_a_followed_chain_moves_in_one_pass_in_follow_order() -> None:
    tags = {
        "app:a-last": spec("a-last", follows("app:middle")),
        "app:middle": spec("middle", follows("other:first", "team-b")),
        "team-b/other:first": spec("first", APP),
    }
    result = plan(world(tags, given={"quay.io/acme/app:1": Found(A)}), NOW)
    assert [str(change.tag) for change in result.changes] == [
        "team-b/other:first",
        "team-a/app:middle",
        "team-a/app:a-last",
    ]
    assert {change.image for change in result.changes} == {A}


def test_a_follower_moves_with_cause_followed_and_the_pull_spec_of_its_source() -> None:
    before = [
        stack("app:dev", event(A, 1, APP)),
        stack("app:prod", event(A, 1, follows("app:dev"))),
    ]
    tags = {"app:dev": spec("dev", APP, scheduled=True), "app:prod": spec("prod", follows("app:dev"))}
    result = plan(world(tags, *before, given={"quay.io/acme/app:1": Found(B)}), NOW)
    assert [(change.tag.tag, change.cause) for change in result.changes] == [("dev", "scheduled"), ("prod", "followed")]
    follower = result.changes[1].history
    assert follower is not None
    assert follower.items[0].pull_spec == f"quay.io/acme/app@{B}"


def test_a_follower_of_a_rolled_back_tag_follows_it_back() -> None:
    before = [
        stack("app:dev", event(A, 1, APP)),
        stack("app:prod", event(B, 2, follows("app:dev")), event(A, 1, follows("app:dev"))),
    ]
    tags = {"app:dev": spec("dev", APP), "app:prod": spec("prod", follows("app:dev"))}
    change = only_change(world(tags, *before))
    assert (str(change.tag), change.image, change.cause) == ("team-a/app:prod", A, "followed")


def test_a_tag_alone_follows_inside_its_own_stream() -> None:
    tags = {"app:latest": spec("latest", follows("3.10")), "app:3.10": spec("3.10", APP)}
    result = plan(world(tags, given={"quay.io/acme/app:1": Found(A)}), NOW)
    assert [change.tag.tag for change in result.changes] == ["3.10", "latest"]


def test_a_cycle_of_thousands_is_told_in_one_short_line_a_member() -> None:
    tags = {f"app:t{number}": spec(f"t{number}", follows(f"app:t{(number + 1) % 3000}")) for number in range(3000)}
    problems = plan(world(tags), NOW).problems
    assert len(problems) == 3000
    assert max(len(problem.message) for problem in problems) < 500
    assert " -> team-a/app:t19 -> … -> team-a/app:t0. Give" in next(
        problem.message for problem in problems if problem.tag is not None and problem.tag.tag == "t0"
    )


def test_a_cycle_is_a_problem_of_each_member_with_the_whole_chain() -> None:
    tags = {"app:a": spec("a", follows("app:b")), "app:b": spec("b", follows("app:a"))}
    result = plan(world(tags), NOW)
    assert result.changes == ()
    assert [problem.reason for problem in result.problems] == [Reason.CYCLE, Reason.CYCLE]
    assert sorted(problem.message for problem in result.problems) == [
        "team-a/app:a follows itself: team-a/app:a -> team-a/app:b -> team-a/app:a. Give one of them another source.",
        "team-a/app:b follows itself: team-a/app:b -> team-a/app:a -> team-a/app:b. Give one of them another source.",
    ]


def test_a_source_that_is_not_declared_is_a_problem_with_the_chain() -> None:
    tags = {"app:a": spec("a", follows("app:b")), "app:b": spec("b", follows("gone:c"))}
    result = plan(world(tags), NOW)
    assert [problem.message for problem in result.problems] == [
        (
            "team-a/app:b follows a tag that is not declared: team-a/app:b -> team-a/gone:c. "
            "It moves once something is pushed there; declare it, or give team-a/app:b another source."
        )
    ]


def test_a_followed_tag_that_is_still_empty_is_not_a_problem_of_its_follower() -> None:
    tags = {"app:a": spec("a", follows("app:b")), "app:b": spec("b", None)}
    assert plan(world(tags), NOW).problems == ()


def test_an_isimage_is_found_by_prefix_in_the_streams_history() -> None:
    tags = {"app:prod": spec("prod", pins("app@bbbb")), "app:dev": spec("dev", APP)}
    change = only_change(world(tags, stack("app:dev", event(B, 2, APP), event(A, 1, APP))))
    assert (str(change.tag), change.image) == ("team-a/app:prod", B)


def test_an_isimage_is_found_in_what_only_git_remembers() -> None:
    tags = {"app:prod": spec("prod", pins(f"app@{C}"))}
    planned = world(tags, older_events={istag("app:dev").stream_name: (event(C, 1, APP),)})
    assert only_change(planned).image == C


def test_an_isimage_that_no_history_has_is_a_problem() -> None:
    problem = only_problem(world({"app:prod": spec("prod", pins("app@sha256:ffff"))}))
    assert (problem.reason, problem.message) == (
        Reason.MISSING_SOURCE,
        "team-a/app:prod: no tag of team-a/app ever meant sha256:ffff. Name an image of its history.",
    )


def test_an_isimage_prefix_that_fits_two_images_is_a_problem() -> None:
    other = "sha256:" + "a" * 63 + "b"
    tags = {"app:prod": spec("prod", pins("app@aaaa")), "app:dev": spec("dev", APP)}
    problem = only_problem(world(tags, stack("app:dev", event(A, 2, APP), event(other, 1, APP))))
    assert (problem.reason, problem.message) == (
        Reason.INVALID,
        "team-a/app:prod: aaaa fits 2 images of team-a/app. Write more of the digest.",
    )


def test_a_resolved_isimage_is_not_looked_for_again() -> None:
    source = pins("app@aaaa")
    result = plan(world({"app:prod": spec("prod", source)}, stack("app:prod", event(A, 1, source))), NOW)
    assert (result.changes, result.problems) == ((), ())


def test_a_reference_tag_records_the_pull_spec_without_an_image() -> None:
    change = only_change(world({"app:prod": spec("prod", APP, reference=True)}))
    assert (change.image, change.history) == (
        "quay.io/acme/app:1",
        stack("app:prod", event(None, 1, APP, created=NOW_TEXT)),
    )


def test_a_tag_that_becomes_a_reference_counts_as_a_changed_source() -> None:
    change = only_change(world({"app:prod": spec("prod", APP, reference=True)}, stack("app:prod", event(A, 1, APP))))
    assert (change.image, change.cause) == ("quay.io/acme/app:1", "declared")


def test_a_changed_import_mode_counts_as_a_changed_source() -> None:
    tag = spec("prod", APP, import_mode=ImportMode.LEGACY)
    planned = world({"app:prod": tag}, stack("app:prod", event(A, 1, APP)), given={"quay.io/acme/app:1": Found(B)})
    change = only_change(planned)
    assert (change.image, change.cause) == (B, "declared")
    assert change.history is not None
    assert change.history.items[0].import_mode is ImportMode.LEGACY


def test_a_digest_is_resolved_once_even_when_scheduled() -> None:
    source = docker(f"quay.io/acme/app@{A}")
    tags = {"app:prod": spec("prod", source, scheduled=True)}
    assert only_change(world(tags, given={source.name: Found(A)})).cause == "declared"
    again = plan(world(tags, stack("app:prod", event(A, 1, source)), given={source.name: Found(B)}), NOW)
    assert again.changes == ()


def test_a_tag_without_a_source_stays_empty_without_a_problem() -> None:
    result = plan(world({"app:prod": spec("prod", None)}), NOW)
    assert (result.changes, result.problems) == ((), ())


def test_removals_come_after_moves() -> None:
    planned = world(
        {"app:new": spec("new", APP)}, stack("app:a", event(A, 1, APP)), given={"quay.io/acme/app:1": Found(B)}
    )
    assert [change.kind for change in plan(planned, NOW).changes] == [ChangeKind.MOVE, ChangeKind.REMOVE]


def test_a_held_image_is_never_put_on_its_istag_and_the_problem_names_the_commit() -> None:
    hold = TagHold(istag("app:prod"), (HeldImage(B, None, "8c1d" * 10, APP),))
    planned = world(
        {"app:prod": spec("prod", APP, scheduled=True)},
        stack("app:prod", event(A, 1, APP)),
        given={"quay.io/acme/app:1": Found(B)},
        holds={istag("app:prod"): hold},
    )
    problem = only_problem(planned)
    assert (problem.reason, problem.message) == (
        Reason.HELD,
        (
            "team-a/app:prod is held: sha256:bbbbbbbbbbbb was rolled back by commit 8c1d8c1d8c1d. "
            "`imagestream unhold team-a/app:prod` releases it."
        ),
    )


@pytest.mark.parametrize(
    ("source", "top", "given", "frozen", "said"),
    [
        pytest.param(APP, APP, {"quay.io/acme/app:1": Found(B)}, False, True, id="the registry has the held image"),
        pytest.param(APP, APP, {"quay.io/acme/app:1": Found(C)}, False, False, id="the registry moved on"),
        pytest.param(APP, APP, {}, False, False, id="not asked"),
        pytest.param(APP, APP, {"quay.io/acme/app:1": Failure(Reason.DENIED, "no")}, False, False, id="no answer"),
        pytest.param(APP, APP, {"quay.io/acme/app:1": Found(B)}, True, False, id="frozen"),
        pytest.param(PINNED, APP, {}, False, True, id="a pinned source"),
        pytest.param(PINNED, PINNED, {}, False, False, id="a pinned source that the top came from too"),
    ],
)
def test_a_held_tag_that_is_not_due_is_reported_if_its_source_gives_what_is_held(
    source: Source, top: Source, given: dict[str, Answer], frozen: bool, said: bool
) -> None:
    hold = TagHold(istag("app:prod"), (HeldImage(B, None, "8c1d" * 10, source),))
    planned = world(
        {"app:prod": spec("prod", source, annotations={"reconciler/frozen": "true"} if frozen else {})},
        stack("app:prod", event(A, 1, top)),
        given=given,
        holds={istag("app:prod"): hold},
    )
    result = plan(planned, NOW)
    assert result.changes == ()
    assert [(problem.reason, str(problem.tag)) for problem in result.problems] == (
        [(Reason.HELD, "team-a/app:prod")] if said else []
    )


@pytest.mark.parametrize("scheduled", [True, False])
def test_a_pass_that_looks_at_everything_looks_up_a_held_tag_due_or_not(scheduled: bool) -> None:
    hold = TagHold(istag("app:prod"), (HeldImage(B, None, "8c1d" * 10, APP),))
    planned = world({"app:prod": spec("prod", APP)}, stack("app:prod", event(A, 1, APP)), holds={hold.name: hold})
    assert len(lookup.questions(Subjects(planned, PassScope(scheduled=scheduled)))) == int(scheduled)


@pytest.mark.parametrize(
    ("fields", "entry"),
    [
        pytest.param({"import_mode": ImportMode.LEGACY}, {}, id="Legacy since"),
        pytest.param({}, {"import_mode": ImportMode.LEGACY}, id="Legacy no more"),
        pytest.param({"reference": True}, {}, id="a reference since"),
        pytest.param({}, {"other_kind": True}, id="a reference no more"),
    ],
)
def test_a_hold_ends_when_the_spec_wants_its_source_another_way(fields: dict[str, Any], entry: dict[str, Any]) -> None:
    hold = TagHold(istag("app:prod"), (HeldImage(B, None, COMMIT, APP, **entry),))
    old = event(A, 1, docker("quay.io/acme/app:0"))
    planned = world(
        {"app:prod": spec("prod", APP, **fields)},
        stack("app:prod", old),
        given={"quay.io/acme/app:1": Found(B)},
        holds={istag("app:prod"): hold},
    )
    released, moved = plan(planned, NOW).changes
    released = of_kind(released, Unhold)
    assert (released.released, released.hold) == ((B,), TagHold(istag("app:prod")))
    assert (moved.kind, moved.cause) == (ChangeKind.MOVE, "declared")
    assert moved.image == ("quay.io/acme/app:1" if fields.get("reference") else B)


def test_any_image_that_is_not_held_moves_the_tag() -> None:
    hold = TagHold(istag("app:prod"), (HeldImage(B, None, "8c1d" * 10, APP),))
    planned = world(
        {"app:prod": spec("prod", APP, scheduled=True)},
        stack("app:prod", event(A, 1, APP)),
        given={"quay.io/acme/app:1": Found(C)},
        holds={istag("app:prod"): hold},
    )
    assert only_change(planned).image == C


def test_a_source_that_a_hold_records_counts_as_resolved() -> None:
    hold = TagHold(istag("app:prod"), (HeldImage(A, None, "8c1d" * 10, APP),))
    planned = world(
        {"app:prod": spec("prod", APP)},
        given={"quay.io/acme/app:1": Found(B)},
        holds={istag("app:prod"): hold},
    )
    assert plan(planned, NOW).changes == ()


def test_a_frozen_tag_does_not_move() -> None:
    tag = spec("prod", APP, scheduled=True, annotations={"reconciler/frozen": "true"})
    problem = only_problem(
        world({"app:prod": tag}, stack("app:prod", event(A, 1, APP)), given={"quay.io/acme/app:1": Found(B)})
    )
    assert (problem.reason, problem.message) == (
        Reason.FROZEN,
        ("team-a/app:prod is frozen and does not move. `imagestream unfreeze team-a/app:prod` lets it."),
    )


def test_a_frozen_tag_that_has_nothing_to_move_to_is_silent() -> None:
    tag = spec("prod", APP, scheduled=True, annotations={"reconciler/frozen": "true"})
    planned = world({"app:prod": tag}, stack("app:prod", event(A, 1, APP)), given={"quay.io/acme/app:1": Found(A)})
    assert plan(planned, NOW).problems == ()


def test_a_history_that_cannot_be_read_stops_that_istag_alone() -> None:
    planned = world(
        {"app:prod": spec("prod", APP)},
        given={"quay.io/acme/app:1": Found(B)},
        unreadable={istag("app:prod"): "history/team-a/app/prod.yaml:3:1: no mapping."},
    )
    problem = only_problem(planned)
    assert (problem.reason, problem.message) == (
        Reason.INVALID,
        "team-a/app:prod is not moved: history/team-a/app/prod.yaml:3:1: no mapping.",
    )


def test_the_author_of_a_source_is_the_author_for_the_tags_that_follow_it() -> None:
    request = Request(Person("Jane Doe", "jane@example.com"), "8c1d" * 10)
    tags = {"app:dev": spec("dev", APP), "app:prod": spec("prod", follows("app:dev"))}
    before = stack("app:prod", event(B, 1, follows("app:dev")))
    planned = world(
        tags,
        before,
        stack("app:dev", event(B, 1, docker("quay.io/acme/app:0"))),
        given={"quay.io/acme/app:1": Found(A)},
        requests={istag("app:dev"): request},
    )
    assert [change.request for change in plan(planned, NOW).changes] == [request, request]


def test_a_scheduled_digest_is_looked_up_until_it_is_found_and_never_again() -> None:
    pinned = docker(f"quay.io/acme/app@{A}")
    tags = {"app:prod": spec("prod", pinned, scheduled=True)}
    gone = Failure(Reason.NOT_FOUND, "quay.io does not have it.")
    for _ in range(2):
        assert only_problem(world(tags, given={pinned.name: gone})).reason is Reason.NOT_FOUND
    change = only_change(world(tags, given={pinned.name: Found(A)}))
    assert change.history is not None
    assert change.cause == "declared"
    assert lookup.questions(Subjects(world(tags, change.history), PassScope())) == {}


def test_a_fault_in_one_istag_is_reported_and_the_others_move() -> None:
    """An answer of an impossible type causes an internal error."""
    tags = {"app:a": spec("a", docker("quay.io/acme/app:a")), "app:b": spec("b", APP)}
    given: Mapping[str, Any] = {"quay.io/acme/app:a": "nonsense", "quay.io/acme/app:1": Found(B)}
    planned = plan(world(tags, stack("app:a", event(A)), given=given), NOW)
    assert [(change.tag, change.image) for change in planned.changes] == [(istag("app:b"), B)]
    text = "team-a/app:a is left as it is: internal error (AttributeError). Please open an issue."
    assert planned.problems == (Problem(istag("app:a"), Reason.INVALID, text, "history/team-a/app/a.yaml"),)
