"""The schedule: looks are spread and never late, and pauses grow while a source fails."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.daemon.follow_up import FOLLOW_UPS
from reconciler.daemon.schedule import Job, Name, Schedule

times = st.floats(0, 1e6)
intervals = st.floats(1, 86_400)
sources = st.text(min_size=1, max_size=20)


def replace(schedule: Schedule[Name], jobs: Mapping[Name, Job], now: float) -> None:
    """Make these all the jobs that there are."""
    schedule.update([*schedule.jobs], jobs, now)


def test_new_jobs_are_due_at_once_and_removed_jobs_never() -> None:
    schedule: Schedule[str] = Schedule()
    assert schedule.next() is None
    replace(schedule, {"a": Job(60, "x"), "b": Job(60, "y")}, 100.0)
    assert schedule.due(100.0) == {"a", "b"}
    schedule.record_lookups({"a", "b"}, (), 100.0)
    assert schedule.due(100.0) == frozenset()
    replace(schedule, {"a": Job(60, "x"), "c": Job(60, "y")}, 101.0)
    assert schedule.due(101.0) == {"c"}
    replace(schedule, {"a": Job(60, "other"), "c": Job(30, "y")}, 102.0)
    assert schedule.due(102.0) == {"a", "c"}
    schedule.record_lookups({"gone"}, {"gone"}, 103.0)
    schedule.make_all_due(103.0)
    assert schedule.due(103.0) == {"a", "c"}


@given(times, intervals, sources)
def test_the_next_look_is_later_and_at_most_an_interval_away(now: float, interval: float, source: str) -> None:
    job = Job(interval, source)
    following = job.after(now)
    assert now + interval / 100.1 < following < now + interval * 1.0101
    assert job.after(following) == pytest.approx(following + interval, rel=1e-6)


def test_a_thousand_sources_do_not_fire_together_and_tags_of_one_source_do() -> None:
    schedule: Schedule[tuple[str, int]] = Schedule()
    jobs = {(tag, number): Job(900, f"quay.io/acme/app{number}:1") for tag in "ab" for number in range(1000)}
    replace(schedule, jobs, 0.0)
    schedule.record_lookups(jobs, (), 0.0)
    for second in range(0, 900, 10):
        due = schedule.due(second + 10.0)
        assert len(due) < 60, "twenty-two would be even"
        assert {number for tag, number in due if tag == "a"} == {number for tag, number in due if tag == "b"}
        schedule.record_lookups(due, (), second + 10.0)


@pytest.mark.parametrize(
    ("interval", "pauses"),
    [
        (900.0, [30, 60, 120, 240, 480, 900, 900]),
        (10.0, [10, 20, 40, 80, 160, 320, 640, 900, 900]),
        (3600.0, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]),
    ],
)
def test_the_pause_of_a_failing_source_grows_until_it_answers(interval: float, pauses: list[float]) -> None:
    schedule: Schedule[str] = Schedule()
    replace(schedule, {"a": Job(interval, "x")}, 0.0)
    now = 0.0
    for pause in pauses:
        schedule.record_lookups({"a"}, {"a"}, now)
        assert schedule.next() == now + pause
        now += pause
    schedule.record_lookups({"a"}, (), now)
    schedule.record_lookups({"a"}, {"a"}, now)
    assert schedule.next() == now + pauses[0]


def test_the_pause_of_a_failing_source_has_a_limit() -> None:
    assert Job(60, "x").pause(10**9) == 900


def test_a_pushed_job_is_due_and_a_name_without_a_job_is_ignored() -> None:
    schedule: Schedule[str] = Schedule()
    replace(schedule, {"a": Job(60, "x"), "b": Job(60, "y")}, 0.0)
    schedule.record_lookups({"a", "b"}, (), 0.0)
    schedule.pushed({"a", "gone"}, 1.0)
    assert schedule.due(1.0) == {"a"}


def test_a_push_is_followed_up_because_registries_tell_too_early() -> None:
    schedule: Schedule[str] = Schedule()
    replace(schedule, {"a": Job(3600, "x"), "b": Job(3600, "x")}, 0.0)
    schedule.record_lookups({"a", "b"}, (), 0.0)
    now = 100.0
    schedule.pushed({"a", "unknown"}, now)
    for pause in FOLLOW_UPS:
        assert schedule.due(now) == {"a"}
        schedule.record_lookups({"a"}, (), now)
        assert schedule.next() == now + pause
        now += pause
    schedule.record_lookups(schedule.due(now), (), now)
    assert schedule.next() == Job(3600, "x").after(now)


def test_after_a_new_image_one_more_look_is_enough() -> None:
    schedule: Schedule[str] = Schedule()
    replace(schedule, {"a": Job(3600, "x")}, 0.0)
    schedule.record_lookups({"a"}, (), 0.0)
    schedule.pushed({"a"}, 1.0)
    schedule.record_lookups({"a"}, (), 1.0, moved={"a"})
    assert schedule.next() == 1.0 + FOLLOW_UPS[-1]
    schedule.record_lookups({"a"}, (), 1.0 + FOLLOW_UPS[-1])
    assert schedule.next() == Job(3600, "x").after(1.0 + FOLLOW_UPS[-1])


def test_follow_ups_end_with_a_failure_and_begin_again_with_a_push() -> None:
    schedule: Schedule[str] = Schedule()
    replace(schedule, {"a": Job(3600, "x")}, 0.0)
    schedule.pushed({"a"}, 1.0)
    schedule.record_lookups({"a"}, (), 1.0)
    schedule.pushed({"a"}, 1.1)
    schedule.record_lookups({"a"}, (), 1.1)
    assert schedule.next() == 1.1 + FOLLOW_UPS[0]
    schedule.record_lookups({"a"}, {"a"}, 2.0)
    assert schedule.next() == 32.0
    schedule.record_lookups({"a"}, (), 32.0)
    assert schedule.next() == Job(3600, "x").after(32.0)
