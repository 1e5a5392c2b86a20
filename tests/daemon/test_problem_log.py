"""The problem log: a problem is logged when it appears and when it is over, not in between."""

from __future__ import annotations

import pytest

from reconciler.daemon.problem_log import ProblemLog


def test_each_problem_is_logged_once_and_once_more_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    log = ProblemLog()
    log.update("problems", ())
    log.update("problems", ["b: away.", "a: away."])
    log.update("problems", ["b: away."])
    log.update("problems", ["b: away."])
    log.update("other", ["b: away."])
    log.update("problems", ())
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", "a: away."),
        ("WARNING", "b: away."),
        ("INFO", "no longer: a: away."),
        ("WARNING", "b: away."),
        ("INFO", "no longer: b: away."),
    ]
