"""Settling: what people did to histories, holds and the spec, and what the pass makes of it (design 3.2, 3.3)."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.change import ChangeKind, Hold, Move, Restore, Unhold
from reconciler.model.finding import Finding, Position, Severity
from reconciler.model.history import Cause, HeldImage, TagEvent, TagHold
from reconciler.model.observation import Found, Reason
from reconciler.model.person import Person, Request
from reconciler.model.plan import Problem
from reconciler.model.stream import Declarations, ImportMode, Stream
from reconciler.planning.plan import plan
from reconciler.planning.transition import HoldTransition, Meaning, Transition
from reconciler.planning.world import EditedHistory, EditedHold, Restorable
from tests.kit.planned import only_change, world
from tests.kit.world import (
    FILE,
    NOW,
    A,
    B,
    C,
    D,
    docker,
    event,
    follows,
    istag,
    made,
    of_kind,
    spec,
    stack,
)

APP = docker("quay.io/acme/app:1")
JANE = Person("Jane Doe", "jane@example.com")
COMMIT = "8c1d" * 10


def rolled_back(name: str, *old: TagEvent, held: tuple[str, ...], released: tuple[str, ...] = ()) -> EditedHistory:
    return EditedHistory(Transition(Meaning.DECIDED, held, released), stack(name, *old), COMMIT, JANE)


def test_a_tag_taken_out_of_the_spec_is_removed() -> None:
    change = only_change(world({}, stack("app:old", event(A, 1, APP))))
    assert (change.kind, change.image, change.previous, change.cause, change.history) == (
        ChangeKind.REMOVE,
        None,
        A,
        "removed",
        stack("app:old"),
    )


def test_a_file_that_does_not_load_holds_back_the_removal_of_its_tags() -> None:
    planned = world({}, stack("app:old", event(A, 1, APP)), protected=frozenset({istag("app:old")}))
    assert plan(planned, NOW).changes == ()


def test_a_tag_with_an_error_is_neither_moved_nor_removed_and_its_error_is_reported() -> None:
    finding = Finding(Position(FILE, 7, 3), Severity.ERROR, "tag-name", "spec.tags[0].name", "no good")
    declarations = Declarations(findings=(finding,), broken=frozenset({istag("app:old")}))
    planned = made(declarations, histories={istag("app:old"): stack("app:old", event(A, 1, APP))})
    result = plan(planned, NOW)
    assert result.changes == ()
    assert result.problems == (Problem(None, Reason.INVALID, "no good", FILE, 7),)


@pytest.mark.parametrize("cause", [Cause.PUSHED, Cause.SCHEDULED])
def test_a_pushed_istag_stays_while_its_stream_is_declared(cause: Cause) -> None:
    history = stack("app:pushed", event(A, 1, APP, cause=cause))
    other = world({"app:other": spec("other", None)}, history)
    kinds = [change.kind for change in plan(other, NOW).changes]
    assert kinds == ([] if cause is Cause.PUSHED else [ChangeKind.REMOVE])


def test_an_istag_of_an_imported_repository_stays_while_its_stream_is_declared() -> None:
    name = istag("app:x").stream_name
    declarations = Declarations({name: Stream(name, repository="quay.io/acme/app")})
    planned = made(declarations, histories={istag("app:x"): stack("app:x", event(A, 1, APP))})
    assert plan(planned, NOW).changes == ()


def test_a_roll_back_is_held_in_the_name_of_its_author_and_the_tag_is_not_moved_in_that_pass() -> None:
    planned = world(
        {"app:prod": spec("prod", APP, scheduled=True)},
        stack("app:prod", event(A, 1, APP)),
        given={"quay.io/acme/app:1": Found(C)},
        edited_histories={
            istag("app:prod"): rolled_back("app:prod", event(B, 2), event(A, 1), held=(B,), released=(A,))
        },
    )
    change = only_change(planned)
    change = of_kind(change, Hold)
    assert (change.image, change.previous, change.cause) == (A, B, "rolled-back")
    assert (change.held, change.released, change.request) == ((B,), (), Request(JANE, COMMIT))
    assert change.hold == TagHold(istag("app:prod"), (HeldImage(B, None, COMMIT, APP),))
    assert change.files == ("holds/team-a/app/prod.yaml",)


def test_an_undone_roll_back_releases_its_image_and_removes_the_empty_hold() -> None:
    hold = TagHold(istag("app:prod"), (HeldImage(B, None, "7" * 40, APP),))
    planned = world(
        {"app:prod": spec("prod", APP)},
        stack("app:prod", event(B, 2, APP), event(A, 1, APP)),
        holds={istag("app:prod"): hold},
        edited_histories={istag("app:prod"): rolled_back("app:prod", event(A, 1), held=(), released=(B,))},
    )
    change = only_change(planned)
    change = of_kind(change, Unhold)
    assert (change.cause, change.released, change.hold) == ("released", (B,), TagHold(istag("app:prod")))


def test_a_decision_that_holds_and_releases_nothing_writes_nothing_and_stops_nothing() -> None:
    planned = world(
        {"app:prod": spec("prod", APP, scheduled=True)},
        stack("app:prod", event(B, 2, APP), event(A, 1, APP)),
        given={"quay.io/acme/app:1": Found(C)},
        edited_histories={istag("app:prod"): rolled_back("app:prod", event(B, 2), held=(), released=(B, A))},
    )
    assert only_change(planned).kind is ChangeKind.MOVE


def test_followers_follow_a_roll_back_in_the_same_pass() -> None:
    tags = {"app:prod": spec("prod", APP), "app:copy": spec("copy", follows("app:prod"))}
    planned = world(
        tags,
        stack("app:prod", event(A, 1, APP)),
        stack("app:copy", event(B, 2, follows("app:prod")), event(A, 1, follows("app:prod"))),
        edited_histories={
            istag("app:prod"): rolled_back("app:prod", event(B, 2), event(A, 1), held=(B,), released=(A,))
        },
    )
    assert [(change.kind, change.tag.tag, change.image) for change in plan(planned, NOW).changes] == [
        (ChangeKind.HOLD, "prod", A),
        (ChangeKind.MOVE, "copy", A),
    ]


def test_a_first_import_that_is_reverted_leaves_the_istag_empty_and_its_image_held() -> None:
    planned = world(
        {"app:prod": spec("prod", APP, scheduled=True)},
        given={"quay.io/acme/app:1": Found(A)},
        edited_histories={istag("app:prod"): rolled_back("app:prod", event(A, 1), held=(A,))},
    )
    change = only_change(planned)
    change = of_kind(change, Hold)
    assert (change.image, change.held) == (None, (A,))


@pytest.mark.parametrize(
    ("meaning", "said"),
    [
        (Meaning.INVENTED, "added an event to its history that was never recorded"),
        (Meaning.REORDERED, "put the events of its history into another order"),
        (Meaning.UNREADABLE, "made its history unreadable"),
    ],
)
def test_any_other_edit_is_undone_and_reported_with_its_commit(meaning: Meaning, said: str) -> None:
    planned = world(
        {"app:prod": spec("prod", APP, scheduled=True)},
        stack("app:prod", event(C, 2)),
        given={"quay.io/acme/app:1": Found(B)},
        edited_histories={
            istag("app:prod"): EditedHistory(Transition(meaning), stack("app:prod", event(A, 1)), COMMIT, JANE)
        },
    )
    result = plan(planned, NOW)
    assert len(result.changes) == 1
    restored = of_kind(result.changes[0], Restore)
    assert (restored.image, restored.previous, restored.undoes) == (A, C, COMMIT)
    assert restored.history == stack("app:prod", event(A, 1))
    assert [problem.message for problem in result.problems] == [
        f"team-a/app:prod: commit 8c1d8c1d8c1d by Jane Doe {said}. The pass undoes the change."
    ]


def test_a_history_invented_for_a_tag_without_one_is_taken_away_again() -> None:
    planned = world(
        {"app:prod": spec("prod", None)},
        stack("app:prod", event(C, 1)),
        edited_histories={
            istag("app:prod"): EditedHistory(Transition(Meaning.INVENTED), stack("app:prod"), COMMIT, JANE)
        },
    )
    restored = plan(planned, NOW).changes[0]
    files = ("history/team-a/app/prod.yaml",)
    assert (restored.image, restored.history, restored.files) == (None, stack("app:prod"), files)


def test_a_reverted_removal_without_a_spec_is_removed_again_and_reported() -> None:
    planned = world(
        {},
        stack("app:prod", event(A, 1, APP)),
        edited_histories={istag("app:prod"): rolled_back("app:prod", held=(), released=(A,))},
    )
    result = plan(planned, NOW)
    assert [change.kind for change in result.changes] == [ChangeKind.REMOVE]
    assert [problem.message for problem in result.problems] == [
        (
            "team-a/app:prod has no spec tag, but commit 8c1d8c1d8c1d by Jane Doe brought its history back. "
            "It is removed again; declare the tag to keep it."
        )
    ]


def test_a_history_and_a_hold_that_are_both_spoilt_are_both_undone() -> None:
    name = istag("app:prod")
    entries = (HeldImage(B, None, COMMIT, APP),)
    planned = world(
        {"app:prod": spec("prod", APP)},
        stack("app:prod", event(C, 2, APP)),
        given={"quay.io/acme/app:1": Found(D)},
        edited_histories={
            name: EditedHistory(Transition(Meaning.INVENTED), stack("app:prod", event(A, 1, APP)), COMMIT, JANE)
        },
        edited_holds={name: EditedHold(HoldTransition(Meaning.UNREADABLE, entries), COMMIT, JANE)},
        unreadable={name: "holds/team-a/app/prod.yaml:1:1: no mapping."},
    )
    result = plan(planned, NOW)
    assert [(change.kind, change.files) for change in result.changes] == [
        (ChangeKind.RESTORE, ("history/team-a/app/prod.yaml",)),
        (ChangeKind.RESTORE, ("holds/team-a/app/prod.yaml",)),
    ]
    assert result.changes[1].hold == TagHold(name, entries)
    assert [problem.message for problem in result.problems] == [
        "team-a/app:prod: commit 8c1d8c1d8c1d by Jane Doe added an event to its history that was "
        "never recorded. The pass undoes the change.",
        "team-a/app:prod: commit 8c1d8c1d8c1d by Jane Doe made its hold unreadable. The pass undoes the change.",
    ]


@pytest.mark.parametrize("hidden", ["broken", "kept"])
def test_a_roll_back_while_the_spec_tag_cannot_be_read_records_the_source_of_what_went(hidden: str) -> None:
    name = istag("app:prod")
    declarations = Declarations(broken=frozenset({name} if hidden == "broken" else ()))
    planned = made(
        declarations,
        histories={name: stack("app:prod", event(A, 1, APP))},
        protected=frozenset({name} if hidden == "kept" else ()),
        edited_histories={name: rolled_back("app:prod", event(B, 2, APP), event(A, 1, APP), held=(B,), released=(A,))},
    )
    assert only_change(planned).hold == TagHold(name, (HeldImage(B, None, COMMIT, APP),))


def test_a_source_that_only_a_hold_records_is_due_in_the_pass_that_releases_it() -> None:
    hold = TagHold(istag("app:prod"), (HeldImage(A, None, COMMIT, APP),))
    planned = world(
        {"app:prod": spec("prod", APP)},
        given={"quay.io/acme/app:1": Found(B)},
        holds={istag("app:prod"): hold},
        edited_holds={istag("app:prod"): EditedHold(HoldTransition(Meaning.DECIDED, ()), COMMIT, JANE)},
    )
    assert [change.kind for change in plan(planned, NOW).changes] == [ChangeKind.UNHOLD, ChangeKind.MOVE]


def test_a_hold_that_comes_back_with_its_tag_ends_if_the_tag_has_another_source_now() -> None:
    name = istag("app:prod")
    hold = TagHold(name, (HeldImage(B, None, COMMIT, APP),))
    other = docker("quay.io/acme/app:2")
    planned = world(
        {"app:prod": spec("prod", other)},
        given={"quay.io/acme/app:2": Found(B)},
        restorable={name: Restorable(stack("app:prod", event(A, 1, APP)), COMMIT, hold)},
    )
    restored, moved = plan(planned, NOW).changes
    assert (restored.kind, restored.hold, restored.files) == (
        ChangeKind.RESTORE,
        None,
        ("history/team-a/app/prod.yaml",),
    )
    assert (moved.kind, moved.image) == (ChangeKind.MOVE, B)


def test_a_hold_ends_when_the_spec_names_another_source_and_the_image_may_come_by_it() -> None:
    other = docker("quay.io/acme/app:2")
    hold = TagHold(istag("app:prod"), (HeldImage(B, None, COMMIT, APP),))
    planned = world(
        {"app:prod": spec("prod", other)},
        stack("app:prod", event(A, 1, APP)),
        given={"quay.io/acme/app:2": Found(B)},
        holds={istag("app:prod"): hold},
    )
    released, moved = plan(planned, NOW).changes
    released = of_kind(released, Unhold)
    assert (released.released, released.hold) == ((B,), TagHold(istag("app:prod")))
    assert (moved.kind, moved.image, moved.cause) == (ChangeKind.MOVE, B, "declared")


def test_entries_that_people_took_out_of_a_hold_are_released_without_a_commit() -> None:
    gone = EditedHold(HoldTransition(Meaning.DECIDED, ()), COMMIT, JANE)
    planned = world(
        {"app:prod": spec("prod", APP, scheduled=True)},
        stack("app:prod", event(A, 1, APP)),
        given={"quay.io/acme/app:1": Found(B)},
        edited_holds={istag("app:prod"): gone},
    )
    assert [(change.kind, change.image) for change in plan(planned, NOW).changes] == [(ChangeKind.MOVE, B)]


def test_an_invented_hold_is_undone() -> None:
    entries = (HeldImage(A, None, COMMIT, APP),)
    planned = world(
        {"app:prod": spec("prod", APP)},
        stack("app:prod", event(B, 1, APP)),
        holds={istag("app:prod"): TagHold(istag("app:prod"), entries)},
        edited_holds={istag("app:prod"): EditedHold(HoldTransition(Meaning.INVENTED, ()), COMMIT, JANE)},
    )
    result = plan(planned, NOW)
    assert len(result.changes) == 1
    change = of_kind(result.changes[0], Restore)
    assert (change.cause, change.undoes, change.hold) == ("restored", COMMIT, TagHold(istag("app:prod")))
    assert change.files == ("holds/team-a/app/prod.yaml",)
    assert [problem.message for problem in result.problems] == [
        (
            "team-a/app:prod: commit 8c1d8c1d8c1d by Jane Doe added an entry to its hold that was "
            "never recorded. The pass undoes the change."
        )
    ]


def test_a_tag_that_comes_back_gets_its_history_from_git_and_then_moves_on() -> None:
    old = stack("app:prod", event(A, 3, APP))
    planned = world(
        {"app:prod": spec("prod", APP, scheduled=True)},
        given={"quay.io/acme/app:1": Found(B)},
        restorable={istag("app:prod"): Restorable(old, "c" * 40)},
    )
    restored, moved = plan(planned, NOW).changes
    restored, moved = of_kind(restored, Restore), of_kind(moved, Move)
    assert (restored.image, restored.undoes, restored.cause) == (A, "c" * 40, "restored")
    assert (moved.previous, moved.image, moved.first) == (A, B, False)
    assert [item.generation for item in moved.history.items] == [4, 3]


@pytest.mark.parametrize("fields", [{"import_mode": ImportMode.LEGACY}, {"reference": True}, {}])
def test_a_hold_records_the_way_its_spec_wants_its_source(fields: dict[str, Any]) -> None:
    name = istag("app:prod")
    planned = world(
        {"app:prod": spec("prod", APP, **fields)},
        stack("app:prod", event(A, 1, APP)),
        edited_histories={name: rolled_back("app:prod", event(B, 2, APP), event(A, 1, APP), held=(B,), released=(A,))},
    )
    held = only_change(planned).hold
    assert held is not None
    (entry,) = held.held
    assert entry.import_mode is fields.get("import_mode", ImportMode.PRESERVE_ORIGINAL)
    assert (entry.reference, entry.other_kind) == (bool(fields.get("reference")),) * 2
    again = world(
        {"app:prod": spec("prod", APP, **fields)},
        stack("app:prod", event(A, 1, APP)),
        holds={name: held},
    )
    assert [change for change in plan(again, NOW).changes if change.kind is ChangeKind.UNHOLD] == []
