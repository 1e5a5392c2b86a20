"""ProblemLog: said when it appears and when it is over, not in between."""

from __future__ import annotations

import pytest

from reconciler.daemon.problem_log import ProblemLog


def test_each_is_said_once_and_once_more_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    notices = ProblemLog()
    notices.stand("problems", ())
    notices.stand("problems", ["b: away.", "a: away."])
    notices.stand("problems", ["b: away."])
    notices.stand("problems", ["b: away."])
    notices.stand("other", ["b: away."])
    notices.stand("problems", ())
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", "a: away."),
        ("WARNING", "b: away."),
        ("INFO", "no longer: a: away."),
        ("WARNING", "b: away."),
        ("INFO", "no longer: b: away."),
    ]
