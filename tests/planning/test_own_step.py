"""Own steps: which changes of a history the reconciler could have made (design 3.3)."""

from __future__ import annotations

import dataclasses

import pytest

from reconciler.model.history import Cause, TagEvent
from reconciler.planning.own_step import is_step
from reconciler.planning.trailers import RecordedChange
from tests.kit.world import A, B, C, docker, event, istag

FIRST, SECOND, THIRD = event(A, 1), event(B, 2), event(C, 3)
Stack = tuple[TagEvent, ...]


def recorded_change(
    image: str | None, previous: str | None, cause: str = "scheduled", undoes: str | None = None
) -> RecordedChange:
    return RecordedChange(istag("app:prod"), image, previous, None, cause, undoes=undoes)


def test_a_new_event_goes_on_top_with_the_next_generation() -> None:
    assert is_step(recorded_change(B, A), (FIRST,), (SECOND, FIRST), ())
    assert is_step(recorded_change(A, None, "declared"), (), (FIRST,), ())


def test_the_old_end_may_be_cut() -> None:
    assert is_step(recorded_change(C, B), (SECOND, FIRST), (THIRD, SECOND), ())


def test_an_image_that_was_held_is_never_put_there() -> None:
    assert not is_step(recorded_change(B, A), (FIRST,), (SECOND, FIRST), {B})
    assert not is_step(recorded_change(B, A, "restored", "8c1d" * 10), (FIRST,), (SECOND, FIRST), {B})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((FIRST,), (event(B, 7), FIRST)),
        ((SECOND, FIRST), (THIRD, FIRST)),
        ((), (SECOND,)),
        ((FIRST,), (SECOND, event(C, 1))),
    ],
    ids=["a generation too high", "an event lost", "a first event with another generation", "the one under it changed"],
)
def test_any_other_new_top_is_not_an_own_step(before: Stack, after: Stack) -> None:
    top = before[0].identity if before else None
    assert not is_step(recorded_change(after[0].identity, top), before, after, ())


@pytest.mark.parametrize(("image", "previous"), [(A, A), (B, B), (B, None)])
def test_trailers_that_do_not_describe_the_diff_make_no_step(image: str, previous: str | None) -> None:
    assert not is_step(recorded_change(image, previous), (FIRST,), (SECOND, FIRST), ())


def test_a_rewrite_keeps_image_time_and_generation_of_the_top_and_all_below() -> None:
    other = dataclasses.replace(SECOND, source=docker("quay.io/acme/other:1"))
    assert is_step(recorded_change(B, B, "declared"), (SECOND, FIRST), (other, FIRST), ())
    later = dataclasses.replace(other, created="2026-12-01T00:00:00Z")
    assert not is_step(recorded_change(B, B, "declared"), (SECOND, FIRST), (later, FIRST), ())
    assert not is_step(recorded_change(B, B, "declared"), (SECOND, FIRST), (other, event(C, 1)), ())


def test_a_removal_leaves_nothing() -> None:
    assert is_step(recorded_change(None, A, "removed"), (FIRST,), (), ())


def test_a_roll_back_takes_events_away_and_may_bring_back_what_was_there_before() -> None:
    assert is_step(recorded_change(A, C, "rolled-back"), (THIRD, SECOND, FIRST), (FIRST,), ())
    assert not is_step(recorded_change(B, C, "rolled-back"), (THIRD, FIRST), (SECOND, FIRST), ())
    assert is_step(recorded_change(B, C, "rolled-back"), (THIRD,), (SECOND, FIRST), (), {FIRST, SECOND})
    assert not is_step(recorded_change(B, C, "rolled-back"), (THIRD,), (SECOND, FIRST), (), {FIRST})
    assert not is_step(recorded_change(A, C, "rolled-back"), (THIRD,), (FIRST, SECOND), (), {FIRST, SECOND})


def test_a_restoration_names_what_it_undoes_and_leaves_only_what_was_recorded() -> None:
    assert is_step(recorded_change(A, B, "restored", "8c1d" * 10), (SECOND,), (FIRST,), (), (FIRST,))
    assert not is_step(recorded_change(A, B, "restored"), (SECOND,), (FIRST,), (), (FIRST,))
    assert not is_step(recorded_change(A, B, "restored", "8c1d" * 10), (SECOND,), (FIRST,), (), (SECOND,))


def adopted(image: str, generation: int) -> TagEvent:
    return event(image, generation, cause=Cause.ADOPTED)


def test_an_adoption_brings_a_first_stack_of_several_events() -> None:
    assert is_step(recorded_change(B, None, "adopted"), (), (adopted(B, 2), adopted(A, 1)), ())


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [
        ((adopted(A, 1),), (adopted(B, 2), adopted(A, 1)), ()),
        ((), (adopted(B, 3), adopted(A, 1)), ()),
        ((), (adopted(B, 3), adopted(A, 2)), ()),
        ((), (adopted(B, 2), event(A, 1)), ()),
        ((), (adopted(B, 2), adopted(B, 1)), ()),
        ((), (adopted(B, 2), adopted(A, 1)), (B,)),
        ((adopted(A, 1),), (), ()),
    ],
    ids=["on a stack", "a gap", "not from one", "another cause", "the same twice", "held on top", "nothing"],
)
def test_any_other_adoption_is_not_an_own_step(before: Stack, after: Stack, held: tuple[str, ...]) -> None:
    top = before[0].identity if before else None
    assert not is_step(recorded_change(after[0].identity if after else None, top, "adopted"), before, after, held)


def test_only_an_adoption_brings_several_events() -> None:
    assert not is_step(recorded_change(B, None, "declared"), (), (adopted(B, 2), adopted(A, 1)), ())
