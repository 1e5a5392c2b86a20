"""The end of a command: sinks are told of what it pushed, and of what was left before, for a short time in all."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final

from reconciler.clock import Clock
from reconciler.delivery.outbox import Outbox
from reconciler.delivery.position import Branch
from reconciler.delivery.senders import Senders
from reconciler.model.config import Sink
from reconciler.model.phrase import plural

PATIENCE: Final = 30.0
"""Seconds for all sinks together."""
_LOOK: Final = 0.5
"""Seconds between two looks at what the workers did."""


def tell_sinks(
    branch: Branch, sinks: Iterable[Sink], span: tuple[str, str], senders: Senders, clock: Clock
) -> tuple[str, ...]:
    """Tell the sinks of what the branch has at the second commit; new ones begin at the first.

    It returns lines for a person about what was not told; a later process goes on with it. Raises errors of git.
    """
    seen, head = span
    woken = threading.Event()
    outbox = Outbox(clock, woken.set)
    outbox.use(senders)
    outbox.see(sinks, seen)
    ends_at = clock.monotonic() + PATIENCE
    while True:
        outbox.turn(branch, head)
        left = ends_at - clock.monotonic()
        if outbox.is_idle or outbox.waits_for_people or left <= 0:
            break
        if outbox.wakes_at != float("-inf"):
            woken.wait(min(left, _LOOK))
        woken.clear()
    errors, behind = sorted(outbox.problems()), outbox.untold()
    outbox.stop(branch, 0.0)
    waiting = [f"sink {name} was not told of {_number(number)} yet; the next pass goes on." for name, number in behind]
    return (*outbox.take_out().notes, *errors, *waiting)


def _number(number: int) -> str:
    return plural(number, "change")
