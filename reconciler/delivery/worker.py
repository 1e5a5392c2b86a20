"""A worker: the thread that tells one sink one batch, in order, for as long as it takes.

    | the sink                       | what follows                                                            |
    | ------------------------------ | ----------------------------------------------------------------------- |
    | takes the notification         | the next one                                                            |
    | fails                          | the same again after a pause that grows; never skipped                  |
    | refuses this one               | the same again, `REFUSED_TRIES` times in all; then the next, with a note |
    | is gone for good               | nothing more is sent; the cursor stays                                  |

The thread that made it reads its fields; only the worker writes them. It never touches git.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from reconciler.clock import Clock
from reconciler.delivery.pause import pause
from reconciler.delivery.senders import Senders
from reconciler.model.config import Sink
from reconciler.model.notification import Notification
from reconciler.notify.outcome import Delivered, Failed, Outcome, Refused
from reconciler.provenance.announcement import Announcements

_LOG: Final = logging.getLogger("imagestream")
REFUSED_TRIES: Final = 3
"""How often a notification is sent that the sink refuses each time."""


class Worker:
    """Tells one sink of one batch."""

    def __init__(
        self, sink: Sink, senders: Senders, batch: Announcements, clock: Clock, wake: Callable[[], None]
    ) -> None:
        """`wake` is called, in the worker's thread, when there is something new to read here."""
        self.end = batch.end
        self.reached: str | None = None
        """The commit that the cursor may move to; None if nothing was told yet."""
        self.error: str | None = None
        """Why the sink was not told the last time, in one line; None if it was."""
        self.is_gone = False
        """Whether the sink takes nothing more."""
        self.needs_person = False
        """Whether the last try failed for a reason that a person has to change: a secret, a right, an address."""
        self.notes: list[str] = []
        """Lines for people about what was skipped; the reader takes them out."""
        self.counts: list[str] = []
        """Results since the reader took them out."""
        self.left = sum(len(item.notifications) for item in batch.items)
        """The number of notifications that were not told yet."""
        self._sink, self._senders, self._batch, self._clock, self._wake = sink, senders, batch, clock, wake
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sink {sink.name}", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self) -> None:
        """Tell nothing more; a request that is on its way may still arrive."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait until it has ended, at most so long."""
        self._thread.join(max(0.0, seconds))

    @property
    def is_alive(self) -> bool:
        """Whether it may still send."""
        return self._thread.is_alive()

    @property
    def is_done(self) -> bool:
        """Whether everything was told."""
        return self.reached == self.end

    def _run(self) -> None:
        try:
            self._tell()
        finally:
            self._wake()

    def _tell(self) -> None:
        for item in self._batch.items:
            for notification in item.notifications:
                if not self._deliver(notification):
                    return
                self.left -= 1
            if item.is_stop:
                self.reached = item.commit
        self.reached = self._batch.end

    def _deliver(self, notification: Notification) -> bool:
        """Send until the sink took it, or refused it too often; False if nothing more is to be sent."""
        failures = refusals = 0
        while not self._stopping.is_set():
            outcome = self._send(notification)
            if isinstance(outcome, Delivered):
                self.counts.append("delivered")
                self._say(None)
                return True
            failures += 1
            if isinstance(outcome, Refused) and outcome.permanent:
                self.is_gone = True
                self._say(outcome.message)
                return False
            refusals += isinstance(outcome, Refused)
            if refusals == REFUSED_TRIES:
                self._skip(notification, outcome.message)
                return True
            self.counts.append("failed")
            self._say(outcome.message, needs_person=isinstance(outcome, Failed) and not outcome.retryable)
            requested = outcome.retry_after if isinstance(outcome, Failed) else None
            self._stopping.wait(self._clock.jitter(pause(failures, requested)))
        return False

    def _send(self, notification: Notification) -> Outcome:
        try:
            problem = self._senders.problem(self._sink)  # a secret that is gone meanwhile
            return self._senders.sender(self._sink).send(notification) if problem is None else Failed(problem)
        except Exception as caught:  # noqa: BLE001 - a fault of one kind of sink must not end the delivery
            _LOG.error(
                "sink %s: a notification was not sent by a fault of this program.", self._sink.name, exc_info=True
            )
            return Failed(f"internal error ({type(caught).__name__}). Please open an issue with this line.")

    def _skip(self, notification: Notification, message: str) -> None:
        self.counts.append("refused")
        self.notes.append(
            f"sink {self._sink.name} refused the {notification.event} of {notification.tag} in commit "
            f"{notification.commit[:12]} {REFUSED_TRIES} times and is not told of it: {message}"
        )
        self._say(None)

    def _say(self, error: str | None, *, needs_person: bool = False) -> None:
        changed, self.error = error != self.error, error
        self.needs_person = needs_person  # after the reason, which the reader shows with it
        if changed or self.notes:
            self._wake()
