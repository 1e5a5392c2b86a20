"""The telling of sinks, in the turns of the loop: what is wrong is logged once, and what was told is counted.

It never fails a turn, and no turn waits for a sink: workers send, and wake the loop (`delivery.outbox`).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from typing import Final

from reconciler.clock import Clock
from reconciler.daemon.problem_log import ProblemLog
from reconciler.daemon.wakeup import Wakeup, Wakeups
from reconciler.delivery.outbox import Outbox
from reconciler.delivery.position import Branch
from reconciler.delivery.senders import Senders
from reconciler.errors import ReconcilerError
from reconciler.gitstore import Repository
from reconciler.model.config import Sink
from reconciler.model.phrase import plural
from reconciler.reconcile.writer import Target
from reconciler.telemetry.metrics import Metrics

_LOG: Final = logging.getLogger("imagestream")
_END: Final = 2.0
"""Seconds for all workers together to end what they are sending when the loop ends."""
_TOPIC: Final = "sinks"


class Telling:
    """The outbox of the loop's branch. The thread of the loop uses it."""

    def __init__(self, clock: Clock, wakeups: Wakeups, metrics: Metrics, log: ProblemLog) -> None:
        self._outbox = Outbox(clock, lambda: wakeups.wake(Wakeup(told=True)))
        self._metrics = metrics
        self._log = log

    def use(self, senders: Senders | None) -> None:
        """Call the sinks by these senders from now on."""
        if senders is not None:
            self._outbox.use(senders)

    def see(self, sinks: Iterable[Sink], commit: str) -> None:
        """These are the sinks at a commit of the branch."""
        self._outbox.see(sinks, commit)

    @property
    def has_new(self) -> bool:
        """Whether there is a sink whose cursor should be found, or made, before the branch moves on."""
        return self._outbox.has_new

    @property
    def wakes_at(self) -> float:
        """The monotonic time of the next turn that it needs, if no worker wakes the loop before."""
        at = self._outbox.wakes_at
        return float("inf") if at is None else at

    def turn(self, repository: Repository, target: Target, head: str) -> None:
        """Tell the sinks what the branch has at `head`, which is at the remote."""
        problems = set[str]()
        try:
            self._outbox.turn(_branch(repository, target), head)
        except (ReconcilerError, OSError) as caught:
            problems.add(f"sinks cannot be told now: {caught}")
        except Exception as caught:  # noqa: BLE001 - no sink ends the loop
            problems.add(f"sinks cannot be told: internal error ({type(caught).__name__}). Please open an issue.")
            _LOG.error("sinks were not told by a fault of this program.", exc_info=True)
        self._report(problems | self._outbox.problems())

    def end(self, repository: Repository, target: Target) -> None:
        """Stop telling, and save how far each sink was told."""
        try:
            self._outbox.stop(_branch(repository, target), _END)
        except (ReconcilerError, OSError) as caught:
            _LOG.warning("how far sinks were told was not saved, so they may be told again: %s", caught)
        self._report(self._outbox.problems())

    def _report(self, problems: Iterable[str]) -> None:
        told = self._outbox.take_out()
        for note in told.notes:
            _LOG.warning("%s", note)
        for (sink, result), number in Counter(told.counts).items():
            self._metrics.add("imagestream_notifications_total", number, sink=sink, result=result)
            if result == "delivered":
                _LOG.info("sink %s was told of %s", sink, plural(number, "change"), extra={"sink": sink})
        self._metrics.put_all("imagestream_sink_behind_seconds", self._outbox.behind())
        self._log.update(_TOPIC, set(problems))


def _branch(repository: Repository, target: Target) -> Branch:
    return Branch(repository, target.upstream, target.upstream.branch if target.upstream else target.branch)
