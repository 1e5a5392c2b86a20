"""A pass report: what the passes tell people, in the log and in the metrics.

A pass covers only what is due, so a problem that an earlier pass found is kept until a pass covers it again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

from reconciler.daemon.istag_gauge import IstagGauge
from reconciler.daemon.problem_log import ProblemLog
from reconciler.model.plan import Problem
from reconciler.planning.world import World
from reconciler.reconcile.writer import Push, Result
from reconciler.telemetry.metrics import Metrics

_LOG: Final = logging.getLogger("imagestream")


class PassReport:
    """The report of one branch. One thread uses it."""

    def __init__(self, metrics: Metrics, log: ProblemLog) -> None:
        self._metrics = metrics
        self._log = log
        self._gauge = IstagGauge()
        self._problems: tuple[Problem, ...] = ()
        """Every problem that is known; those of the last pass and those that it did not cover."""

    def pushed(self, result: Result, seconds: float) -> None:
        """A pass took so long, and this became of its push."""
        self._metrics.observe("imagestream_pass_duration_seconds", seconds)
        self._metrics.add("imagestream_push_retries_total", result.retries)
        if result.push is not Push.SKIPPED:
            self._metrics.add("imagestream_pushes_total", result=str(result.push))

    def passed(self, result: Result, is_covered: Callable[[Problem], bool]) -> None:
        """A pass is over; `is_covered` returns whether the pass covered a known problem."""
        self._metrics.add("imagestream_passes_total", result="done")
        for change, commit in zip(result.plan.changes, result.commits, strict=False):
            fields = {"istag": str(change.tag), "commit": commit, "change": str(change.kind), "cause": change.cause}
            _LOG.info("%s %s to %s", change.kind, change.tag, change.image or "nothing", extra=fields)
            self._metrics.add("imagestream_changes_total", change=str(change.kind))
        kept = (problem for problem in self._problems if not is_covered(problem))
        self._problems = tuple(dict.fromkeys((*kept, *result.plan.problems)))
        self._metrics.put_all("imagestream_problems", Counter(str(problem.reason) for problem in self._problems))
        self._log.update("problems", {problem.message for problem in self._problems})

    def read(self, world: World, scheduled: int) -> None:
        """A commit was read as a whole; so many sources are scheduled."""
        self._metrics.put("imagestream_scheduled", scheduled)
        self._metrics.put("imagestream_held_images", sum(len(hold.held) for hold in world.record.holds.values()))

    def count_istags(self, world: World) -> None:
        """Count the istags by state, as the commit and the known problems tell."""
        self._metrics.put_all("imagestream_istags", self._gauge.count(world, self._problems))

    def turned(self, error: str | None, timestamp: float) -> None:
        """A turn is over, at so many seconds since 1970; `error` is why it failed, in one line."""
        self._log.update("failure", {error} if error else ())
        if error is None:
            self._metrics.put("imagestream_last_success_timestamp_seconds", timestamp)
        else:
            self._metrics.add("imagestream_passes_total", result="failed")
