"""The pace: bursts are one pass, pushes keep their distance, and nothing waits for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.daemon.debounce import LONGEST_WAIT, Debounce


def test_without_a_pause_a_pass_may_begin_at_once() -> None:
    pace = Debounce()
    assert pace.opens() < 0
    pace.event(5.0)
    assert pace.opens() == 5.0
    pace.pushed(6.0)
    assert pace.opens() == 6.0


def test_it_waits_until_nothing_happened_for_a_while() -> None:
    pace = Debounce(quiet=30)
    pace.event(100.0)
    pace.event(110.0)
    assert pace.opens() == 140.0
    pace.begun()
    assert pace.opens() < 0
    pace.event(200.0)
    assert pace.opens() == 230.0


def test_pushes_keep_their_distance_and_passes_without_one_count_for_nothing() -> None:
    pace = Debounce(at_most_every=600)
    pace.event(1.0)
    pace.begun()
    assert pace.opens() < 0
    pace.pushed(10.0)
    pace.event(20.0)
    assert pace.opens() == 610.0


@given(st.lists(st.floats(0.01, 29.9), max_size=60), st.integers(1, 3600))
def test_events_that_never_end_do_not_keep_a_pass_from_beginning(gaps: list[float], quiet: int) -> None:
    pace, now = Debounce(quiet=quiet), 0.0
    pace.event(now)
    for gap in gaps:
        now += gap
        pace.event(now)
        assert now <= pace.opens() or now >= LONGEST_WAIT * quiet
        assert pace.opens() <= LONGEST_WAIT * quiet
