"""Backoff: pauses after failures grow up to a limit, and events shorten one of them."""

from __future__ import annotations

from reconciler.daemon.backoff import FIRST_PAUSE, LONGEST_PAUSE, SHORTEST_PAUSE, Backoff


def test_without_a_failure_nothing_waits() -> None:
    backoff = Backoff()
    backoff.hasten()
    assert (backoff.until, backoff.waits(0.0), backoff.after_failure) == (None, False, False)


def test_each_failure_in_a_row_doubles_the_pause_up_to_a_limit() -> None:
    backoff, pauses = Backoff(), []
    for _ in range(8):
        backoff.fail(100.0)
        assert backoff.until is not None
        pauses.append(backoff.until - 100.0)
    assert pauses == [FIRST_PAUSE, 10.0, 20.0, 40.0, 80.0, 160.0, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_success_ends_the_wait_and_begins_with_the_first_pause_again() -> None:
    backoff = Backoff()
    backoff.fail(0.0)
    backoff.fail(5.0)
    backoff.succeed()
    assert (backoff.waits(5.0), backoff.after_failure) == (False, False)
    backoff.fail(6.0)
    assert backoff.until == 6.0 + FIRST_PAUSE


def test_an_event_shortens_the_wait_but_not_below_the_shortest_pause() -> None:
    backoff = Backoff()
    backoff.fail(10.0)
    backoff.hasten()
    assert backoff.until == 10.0 + SHORTEST_PAUSE
    assert (backoff.waits(10.5), backoff.waits(10.0 + SHORTEST_PAUSE)) == (True, False)


def test_a_repair_leaves_the_shortest_pause_and_new_files_leave_none() -> None:
    backoff = Backoff()
    backoff.fail(10.0)
    backoff.mended(10.0)
    assert backoff.until == 10.0 + SHORTEST_PAUSE
    backoff.end_wait()
    assert (backoff.waits(10.0), backoff.after_failure) == (False, True)
