"""The outbox: for each sink of a branch, what it has to be told and how far it was told.

The commits of the branch are the outbox itself (`provenance.announcement`), so nothing is queued on a disk. For each
sink it has a position in memory and a cursor in git. A worker tells one batch; when it has ended, the cursor moves, and
the next batch is read. So a sink is told again what was not saved when a process was killed, and nothing is lost.

One thread uses it: the one that writes git. The workers only send, and wake it.

    | event                                        | what follows                                               |
    | -------------------------------------------- | ---------------------------------------------------------- |
    | a sink is seen for the first time            | its cursor is made where the branch was then               |
    | the cursor was moved forward elsewhere       | another process told it: it goes on from there              |
    | the cursor was moved back, or elsewhere      | a person wants it told again: it goes on from there        |
    | the cursor was deleted, or is no commit      | it is made again                                           |
    | people rewrote the branch                    | it goes on from the merge base                             |
    | the sink, or how it is called, changed       | its worker stops; the next begins where it came to         |
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.clock import Clock
from reconciler.delivery.position import Branch, has, position
from reconciler.delivery.senders import Senders
from reconciler.delivery.worker import Worker
from reconciler.model.config import Sink
from reconciler.provenance.announcement import Announcements, read_announcements

SAVE_AFTER: Final = 5.0
"""Seconds after which positions are saved although a worker is still busy: several are saved in one push."""
RETRY_AFTER: Final = 30.0
"""Seconds after which a cursor is moved again that could not be moved."""
READS: Final = 4
"""Batches that one turn reads at most, so that no pass waits long for it."""


@dataclass(slots=True)
class SinkState:
    """What is known of one sink."""

    sink: Sink
    seen: str
    """The commit at which this process first saw it."""
    position: str | None = None
    """The commit up to which it was told; None if that has to be found out."""
    written: str | None = None
    """Its cursor, as far as it is known here."""
    is_unsaved: bool = False
    """Whether the cursor has to move to the position."""
    worker: Worker | None = None
    is_gone: bool = False
    """Whether it takes nothing more (410), until it or this process changes."""
    problem: str | None = None
    """Why this process leaves it alone."""
    behind_since: float | None = None
    """The monotonic time at which this process first saw a change that it was not told of; None if there is none."""

    @property
    def error(self) -> str | None:
        """Why it was not told the last time, in one line."""
        return self.worker.error if self.worker else None

    @property
    def is_busy(self) -> bool:
        """Whether a worker tells it, or has told it and was not taken in yet."""
        return self.worker is not None and not self.is_gone


@dataclass(slots=True)
class Told:
    """What the workers reported since it was last taken out."""

    counts: list[tuple[str, str]] = field(default_factory=list)
    """Sink and result: `delivered`, `failed` or `refused`."""
    notes: list[str] = field(default_factory=list)
    """Lines for people about what was skipped."""


class Outbox:
    """The sinks of one branch. One thread uses it."""

    def __init__(self, clock: Clock, wake: Callable[[], None]) -> None:
        """`wake` is called in other threads when a turn has something to do."""
        self.states: dict[str, SinkState] = {}
        self._clock, self._wake = clock, wake
        self._senders: Senders | None = None
        self._ending: dict[str, Worker] = {}
        """The last workers of sinks that were taken out."""
        self._told = Told()
        self._save_problems: tuple[str, ...] = ()
        self._dirty_since: float | None = None
        self._save_from = float("-inf")
        self._more = False

    def use(self, senders: Senders) -> None:
        """Call the sinks by these senders from now on; the workers of earlier ones stop."""
        self._senders = senders
        for state in self.states.values():
            self._restart(state)

    def see(self, sinks: Iterable[Sink], commit: str) -> None:
        """These are the sinks at a commit of the branch; new ones begin there."""
        wanted = {sink.name: sink for sink in sinks}
        for name in self.states.keys() - wanted.keys():
            gone = self.states.pop(name)
            self._stop(gone)
            self._ending |= {name: gone.worker} if gone.worker else {}
        for name, sink in wanted.items():
            state = self.states.setdefault(name, SinkState(sink, commit))
            if state.sink != sink:
                state.sink = sink
                self._restart(state)

    def turn(self, branch: Branch, head: str) -> None:
        """Take in what the workers did, save it, and give them what comes next. Raises errors of git."""
        self._more = False
        if not self.states or self._senders is None:
            return
        for state in self.states.values():
            self._take_in(state)
        cursors = branch.repository.cursors(branch.upstream, self.states)
        for name, state in self.states.items():
            self._compare(branch, state, cursors.get(name))
        self._begin_all(branch, head, cursors)
        self._save(branch)

    def stop(self, branch: Branch, seconds: float) -> None:
        """Stop all workers, wait so long for them together, and save how far they came."""
        busy = [state.worker for state in self.states.values() if state.worker is not None]
        for worker in busy:
            worker.stop()
        deadline = self._clock.monotonic() + seconds
        for worker in busy:
            worker.join(deadline - self._clock.monotonic())
        for state in self.states.values():
            self._take_in(state)
        self._save(branch, at_once=True)

    def take_out(self) -> Told:
        """What was reported since the last call."""
        told, self._told = self._told, Told()
        return told

    @property
    def has_new(self) -> bool:
        """Whether it is not known yet how far a sink was told that this process may tell."""
        return any(state.position is None and self._may_tell(state) for state in self.states.values())

    def untold(self) -> list[tuple[str, int]]:
        """The sinks whose workers have something left to tell, and how much as far as it was read."""
        busy = [(name, state.worker.left) for name, state in self.states.items() if state.worker is not None]
        return [(name, left) for name, left in busy if left]

    def problems(self) -> frozenset[str]:
        """What is wrong now, in lines for people: sinks that are not told, and cursors that cannot be moved."""
        lines = [f"sink {name} was not told: {state.error}" for name, state in self.states.items() if state.error]
        lines += [
            f"sink {name} is left to other processes: {state.problem}"
            for name, state in self.states.items()
            if state.problem
        ]
        return frozenset((*lines, *self._save_problems))

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do now: every sink was told, or is left alone."""
        return not self._more and not any(state.is_busy for state in self.states.values())

    @property
    def waits_for_people(self) -> bool:
        """Whether each sink that is not told yet fails for a reason that only a person can change."""
        workers = [state.worker for state in self.states.values() if state.is_busy]
        return not self._more and all(worker is not None and worker.needs_person for worker in workers)

    @property
    def wakes_at(self) -> float | None:
        """The monotonic time of the next turn if nothing wakes it; None if it can wait for ever."""
        if self._more:
            return float("-inf")
        return None if self._dirty_since is None else max(self._dirty_since + SAVE_AFTER, self._save_from)

    def behind(self) -> dict[str, float]:
        """For each sink the seconds since this process saw the first change that it was not told of; 0 for none."""
        now = self._clock.monotonic()
        return {
            name: now - state.behind_since if state.behind_since is not None else 0.0
            for name, state in self.states.items()
        }

    # One sink

    def _take_in(self, state: SinkState) -> None:
        """Take in what a worker did; one that has ended is given up."""
        worker = state.worker
        if worker is None:
            return
        is_alive = worker.is_alive  # before the rest is read: an ended worker changes nothing any more
        name = state.sink.name
        while worker.counts:
            self._told.counts.append((name, worker.counts.pop(0)))
        while worker.notes:
            self._told.notes.append(worker.notes.pop(0))
        if worker.reached is not None and worker.reached != state.position and state.position is not None:
            state.position = worker.reached
            self._mark(state)
        state.is_gone = state.is_gone or worker.is_gone
        if not is_alive and not worker.is_gone:
            state.worker = None

    def _compare(self, branch: Branch, state: SinkState, cursor: str | None) -> None:
        """Compare a cursor with what was last known of it."""
        if state.position is None or cursor == state.written:
            return
        before, state.written = state.written, cursor
        if cursor is None:
            self._mark(state)
        elif before is not None and not has(branch.repository, cursor, before):
            self._stop(state)
            state.position, state.is_unsaved, state.is_gone = None, False, False
        elif has(branch.repository, cursor, state.position):
            self._stop(state)
            state.position, state.is_unsaved = cursor, False
        else:
            self._mark(state)

    def _begin_all(self, branch: Branch, head: str, cursors: Mapping[str, str]) -> None:
        """Give every sink without a worker its next batch."""
        known: dict[str, Announcements] = {}
        for name, state in self.states.items():
            if state.worker is not None or self._is_ending(name) or not self._may_tell(state):
                continue
            if state.position is None:
                self._locate(branch, state, cursors.get(name), head)
            while state.position not in {None, head} and state.worker is None:
                batch = self._next(branch, state, head, known)
                if batch is None:
                    break
                self._begin(state, batch)
            if state.position == head:
                state.behind_since = None

    def _next(
        self, branch: Branch, state: SinkState, head: str, known: dict[str, Announcements]
    ) -> Announcements | None:
        """The next batch of a sink; None if this turn has read enough. `known` are the batches of this turn."""
        start = state.position or head
        if start not in known:
            if len(known) == READS:
                self._more = True
                return None
            inside = position(branch, start, head, head)
            if inside != start:
                self._mark(state)
            known[start] = read_announcements(branch.repository, branch.place, inside, head)
        return known[start]

    def _is_ending(self, name: str) -> bool:
        """Whether an earlier worker of a sink that was taken out may still send."""
        if name in self._ending and not self._ending[name].is_alive:
            del self._ending[name]
        return name in self._ending

    def _may_tell(self, state: SinkState) -> bool:
        state.problem = self._senders.problem(state.sink) if self._senders else None
        return state.problem is None

    def _locate(self, branch: Branch, state: SinkState, cursor: str | None, head: str) -> None:
        """Find out where a sink is, by its cursor."""
        state.written, state.position = cursor, position(branch, cursor, head, state.seen)
        if state.position != cursor:
            self._mark(state)

    def _begin(self, state: SinkState, batch: Announcements) -> None:
        """Begin to tell a batch, as far as the sink wants it; one without anything for it is passed over."""
        wanted = _wanted(state.sink, batch)
        if any(item.notifications for item in wanted.items) and self._senders is not None:
            if state.behind_since is None:
                state.behind_since = self._clock.monotonic()
            state.worker = Worker(state.sink, self._senders, wanted, self._clock, self._wake)
            state.worker.start()
            return
        state.position = batch.end
        if batch.is_full:
            self._mark(state)

    def _restart(self, state: SinkState) -> None:
        """Stop the worker; the next one begins where it came to."""
        self._stop(state)
        state.is_gone = False

    def _stop(self, state: SinkState) -> None:
        if state.worker is not None:
            state.worker.stop()
            if state.worker.is_gone:
                state.worker = None

    # Saving

    def _mark(self, state: SinkState) -> None:
        state.is_unsaved = True
        if self._dirty_since is None:
            self._dirty_since = self._clock.monotonic()

    def _save(self, branch: Branch, *, at_once: bool = False) -> None:
        """Move the cursors that have to move, in one push, unless busy workers may soon have more to save."""
        unsaved = {name: state for name, state in self.states.items() if state.is_unsaved and state.position}
        now = self._clock.monotonic()
        if not unsaved:
            self._dirty_since = None
            return
        is_new = any(state.written is None for state in unsaved.values())
        busy = any(state.worker is not None and state.worker.error is None for state in self.states.values())
        waited = self._dirty_since is not None and now >= self._dirty_since + SAVE_AFTER
        if not at_once and (now < self._save_from or not (is_new or waited or not busy)):
            return
        moves = branch.repository.move_cursors(
            branch.upstream, {name: state.position for name, state in unsaved.items() if state.position}
        )
        for name in moves.moved | moves.kept:
            unsaved[name].written, unsaved[name].is_unsaved = unsaved[name].position, False
        self._save_problems = moves.messages
        again = bool(moves.lost or moves.failed)
        self._dirty_since = now if again else None
        self._save_from = now + RETRY_AFTER if moves.failed else float("-inf")
        if moves.lost and branch.upstream is not None:  # the next turn compares what is there now
            branch.repository.fetch_cursors(branch.upstream)


def _wanted(sink: Sink, batch: Announcements) -> Announcements:
    """The part of a batch that a sink wants to hear of."""
    items = tuple(
        dataclasses.replace(
            item, notifications=tuple(each for each in item.notifications if sink.wants(each.tag, each.change))
        )
        for item in batch.items
    )
    return dataclasses.replace(batch, items=items)
