"""Transitions: what each form of edit of a history or a hold means (design 3.3)."""

from __future__ import annotations

import pytest

from reconciler.model.history import HeldImage, TagEvent
from reconciler.planning.transition import HoldTransition, Meaning, Transition, classify, classify_hold
from tests.kit.world import A, B, C, D, docker, event

FIRST, SECOND, THIRD = event(A, 1), event(B, 2), event(C, 3)
OLD = (THIRD, SECOND, FIRST)


def test_the_same_stack_in_another_layout_is_unchanged() -> None:
    assert classify(OLD, OLD, OLD) == Transition(Meaning.UNCHANGED)


def test_a_revert_of_the_newest_event_holds_its_image() -> None:
    assert classify(OLD, (SECOND, FIRST), OLD) == Transition(Meaning.DECIDED, held=(C,), released=(B,))


def test_a_revert_of_several_events_holds_all_their_images() -> None:
    assert classify(OLD, (FIRST,), OLD) == Transition(Meaning.DECIDED, held=(C, B), released=(A,))


def test_a_file_that_is_gone_holds_every_image_it_had() -> None:
    assert classify(OLD, (), OLD) == Transition(Meaning.DECIDED, held=(C, B, A))


def test_the_image_now_on_top_is_not_held_even_if_it_was_also_above() -> None:
    again = event(A, 3)
    assert classify((again, SECOND, FIRST), (FIRST,), ()) == Transition(Meaning.DECIDED, held=(B,), released=(A,))


def test_an_undone_revert_releases_the_image_that_came_back() -> None:
    assert classify((SECOND, FIRST), OLD, OLD) == Transition(Meaning.DECIDED, released=(C,))


def test_a_cut_event_that_comes_back_at_the_old_end_is_a_decision() -> None:
    limited = (THIRD, SECOND)
    assert classify(limited, (SECOND, FIRST), OLD) == Transition(Meaning.DECIDED, held=(C,), released=(B, A))


def test_an_event_that_falls_off_a_full_stack_again_when_a_revert_is_undone_is_not_held() -> None:
    assert classify((SECOND, FIRST), (THIRD, SECOND), OLD) == Transition(Meaning.DECIDED, released=(C,))


def test_of_two_events_of_one_generation_the_one_that_gives_way_is_held() -> None:
    again = event(C, 2)
    assert classify((again,), (SECOND,), OLD) == Transition(Meaning.DECIDED, held=(C,), released=(B,))


def test_an_event_taken_off_the_old_end_is_held() -> None:
    assert classify(OLD, (THIRD, SECOND), OLD) == Transition(Meaning.DECIDED, held=(A,), released=(C,))


def test_an_event_that_people_put_back_and_took_off_again_is_held() -> None:
    assert classify((FIRST,), (FIRST,), OLD, between=(THIRD, SECOND, FIRST)) == Transition(
        Meaning.DECIDED, held=(C, B), released=(A,)
    )


def test_what_people_invented_for_a_while_is_not_held() -> None:
    assert classify((FIRST,), (FIRST,), OLD, between=(event(D, 2),)) == Transition(Meaning.UNCHANGED)


def test_a_cut_event_that_was_back_for_a_while_is_not_held() -> None:
    assert classify((THIRD, SECOND), (THIRD, SECOND), OLD, between=(SECOND, FIRST)) == Transition(Meaning.UNCHANGED)


def test_an_event_that_is_as_it_was_before_a_rewrite_is_not_gone() -> None:
    rewritten = event(A, 1, docker("quay.io/acme/other:1"))
    transition = classify((SECOND, rewritten), (SECOND, FIRST), (FIRST,))
    assert transition == Transition(Meaning.DECIDED, released=(B, A))


@pytest.mark.parametrize(
    "changed",
    [
        event(D, 3),
        event(C, 3, created="2020-01-01T00:00:00Z"),
        event(C, 9),
        event(C, 3, pull_spec="evil.example/app@" + C),
    ],
    ids=["another image", "another time", "another generation", "another pull spec"],
)
def test_an_event_that_was_never_there_is_invented(changed: TagEvent) -> None:
    assert classify(OLD, (changed, SECOND, FIRST), OLD) == Transition(Meaning.INVENTED)


def test_events_in_another_order_are_reordered() -> None:
    assert classify(OLD, (SECOND, THIRD, FIRST), OLD) == Transition(Meaning.REORDERED)


def test_the_same_event_twice_is_reordered() -> None:
    assert classify(OLD, (THIRD, THIRD, SECOND), OLD) == Transition(Meaning.REORDERED)


def test_a_file_that_is_not_a_history_any_more_is_unreadable() -> None:
    assert classify(OLD, None, OLD) == Transition(Meaning.UNREADABLE)


def test_a_reference_event_is_held_by_its_pull_spec() -> None:
    reference = event(None, 2, pull_spec="quay.io/acme/app:2")
    transition = classify((reference, FIRST), (FIRST,), ())
    assert transition == Transition(Meaning.DECIDED, held=("quay.io/acme/app:2",), released=(A,))


def held(image: str) -> HeldImage:
    return HeldImage(image, None, "8c1d" * 10, docker("quay.io/acme/app:1"))


ONE, TWO = held(A), held(B)


def test_entries_taken_out_of_a_hold_are_released() -> None:
    transition = classify_hold((TWO, ONE), (ONE,), (), rewritten=False)
    assert transition == HoldTransition(Meaning.DECIDED, (ONE,))


def test_a_rewrite_of_the_branch_releases_nothing() -> None:
    transition = classify_hold((TWO, ONE), (ONE,), (), rewritten=True)
    assert transition == HoldTransition(Meaning.DECIDED, (ONE, TWO))


def test_entries_that_a_hold_had_before_hold_again() -> None:
    assert classify_hold((), (ONE,), (ONE,), rewritten=False) == HoldTransition(Meaning.DECIDED, (ONE,))


@pytest.mark.parametrize("entries", [(TWO, ONE), (ONE, ONE)], ids=["never there", "twice"])
def test_an_entry_that_was_never_there_is_undone(entries: tuple[HeldImage, ...]) -> None:
    assert classify_hold((ONE,), entries, (ONE,), rewritten=False) == HoldTransition(Meaning.INVENTED, (ONE,))


def test_a_hold_that_cannot_be_read_is_undone() -> None:
    assert classify_hold((ONE,), None, (), rewritten=False) == HoldTransition(Meaning.UNREADABLE, (ONE,))


def test_an_untouched_hold_is_unchanged() -> None:
    assert classify_hold((ONE,), (ONE,), (), rewritten=True) == HoldTransition(Meaning.UNCHANGED, (ONE,))
