"""Debounce: bursts are one pass, pushes keep their distance, and no pass waits without end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.daemon.debounce import LONGEST_WAIT, Debounce


def test_without_debounce_a_pass_may_begin_at_once() -> None:
    debounce = Debounce()
    assert debounce.opens_at() < 0
    debounce.event(5.0)
    assert debounce.opens_at() == 5.0
    debounce.pushed(6.0)
    assert debounce.opens_at() == 6.0


def test_a_pass_waits_until_no_event_came_for_a_while() -> None:
    debounce = Debounce(quiet=30)
    debounce.event(100.0)
    debounce.event(110.0)
    assert debounce.opens_at() == 140.0
    debounce.begun()
    assert debounce.opens_at() < 0
    debounce.event(200.0)
    assert debounce.opens_at() == 230.0


def test_pushes_keep_their_distance_and_passes_without_a_push_do_not_count() -> None:
    debounce = Debounce(at_most_every=600)
    debounce.event(1.0)
    debounce.begun()
    assert debounce.opens_at() < 0
    debounce.pushed(10.0)
    debounce.event(20.0)
    assert debounce.opens_at() == 610.0


@given(st.lists(st.floats(0.01, 29.9), max_size=60), st.integers(1, 3600))
def test_endless_events_do_not_stop_a_pass_from_beginning(gaps: list[float], quiet: int) -> None:
    debounce, now = Debounce(quiet=quiet), 0.0
    debounce.event(now)
    for gap in gaps:
        now += gap
        debounce.event(now)
        assert now <= debounce.opens_at() or now >= LONGEST_WAIT * quiet
        assert debounce.opens_at() <= LONGEST_WAIT * quiet
