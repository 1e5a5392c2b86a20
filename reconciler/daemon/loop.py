"""The loop of `imagestream run`: it wakes, takes a turn, and sleeps, for months.

It wakes for the next source that is due, for a branch that may have moved, for pushes to a registry, for changed files
of the installation, and to end. A turn polls the remote branch, runs a pass over what is due, and notes when each
source is looked up next. What fails is logged once and tried again after a pause that grows. Git has everything that
has to be kept, so a new process begins with a lookup of every source.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reconciler.clock import Clock
from reconciler.daemon.backoff import Backoff
from reconciler.daemon.debounce import Debounce
from reconciler.daemon.health import Health
from reconciler.daemon.mirror_upkeep import MirrorUpkeep
from reconciler.daemon.pass_report import PassReport
from reconciler.daemon.problem_log import ProblemLog
from reconciler.daemon.pusher_claims import PendingClaims
from reconciler.daemon.telling import Telling
from reconciler.daemon.wakeup import Wakeup, Wakeups
from reconciler.daemon.worklist import Batch, Worklist
from reconciler.delivery.senders import Senders
from reconciler.errors import InputError, ReconcilerError, RemoteError, UnavailableError
from reconciler.model.change import EventChange
from reconciler.planning.world import World
from reconciler.reconcile.run_pass import Known, Reconciler, run_pass
from reconciler.reconcile.writer import Push, Result, Target
from reconciler.telemetry.metrics import Metrics

_LOG: Final = logging.getLogger("imagestream")
FILES_QUIET: Final = 0.2
"""Seconds without a further change after which the installation's files are read: by then a program that writes several
files, or one file in pieces, has finished."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line sets."""

    poll: float = 60.0
    """Seconds between two polls of the remote branch, and of files that the machine does not watch."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What is made from the installation's files, and made again when they change."""

    reconciler: Reconciler
    close: Callable[[], None]
    """Called when a newer runtime has taken its place, and at the end."""
    senders: Senders | None = None
    """The way to the sinks; None if none is told."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the loop works with for its whole life."""

    make_runtime: Callable[[], Runtime]
    """Reads the installation's files as they are now. Raises `InputError` if one of them is broken."""
    make_mirror: Callable[[], None]
    """Makes the mirror again if it is damaged; raises what `Repository.mirror` raises."""
    check_files: Callable[[], frozenset[str]]
    """Finds changed files that no event reported, and wakes the loop for them; the result names unobserved files."""
    wakeups: Wakeups
    health: Health
    clock: Clock
    metrics: Metrics


@dataclass(slots=True)
class BranchState:
    """What the loop knows of the remote branch."""

    head: str | None = None
    finished: str | None = None
    polled: float = float("-inf")

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do on the newest commit but to look up what is due."""
        return self.finished == self.head


class Loop:
    """Keeps one branch of one remote in step with the registries. One thread uses it.

    | state              | meaning                                             | changed by                            |
    | ------------------ | --------------------------------------------------- | ------------------------------------- |
    | `_runtime`         | what was made from the installation's files         | a turn after they changed             |
    | `_pending`         | branch, heads and settings of wakeups, not yet done | wakeups; polls of branch and files    |
    | `_branch.head`     | the commit that the branch was last seen at         | a poll; a pass; None: a new mirror    |
    | `_branch.finished` | the commit that the last pass left nothing to do on | a pass; None: files were read again   |
    | `_branch.polled`   | the time of the last poll of the branch             | a poll                                |
    | `_checks_again`    | whether the next pass checks what the last one did  | a pass                                |
    | `_worklist`        | which source is due when                            | commits, wakeups and passes           |
    | `_claims`          | who pushed, according to events                     | wakeups and passes; time              |
    | `_debounce`        | when the next pass may begin                        | pushes, moves of the branch; passes   |
    | `_files`           | when changed files of the installation are read     | wakeups                               |
    | `_backoff`         | when a turn that failed is tried again              | turns and wakeups                     |

    Both commits are None before the first poll. Times are monotonic seconds.
    """

    def __init__(self, dependencies: Dependencies, target: Target, settings: Settings) -> None:
        self._dependencies, self._target, self._settings = dependencies, target, settings
        self._runtime = dependencies.make_runtime()
        self._pending = Wakeup()
        self._branch = BranchState()
        self._checks_again = False
        self._worklist = Worklist()
        self._claims = PendingClaims()
        self._debounce = Debounce()
        self._files = Debounce(quiet=FILES_QUIET)
        self._backoff = Backoff()
        self._log = ProblemLog()
        self._report = PassReport(dependencies.metrics, self._log)
        self._upkeep = MirrorUpkeep(dependencies.make_mirror, self._log)
        self._telling = Telling(dependencies.clock, dependencies.wakeups, dependencies.metrics, self._log)
        self._telling.use(self._runtime.senders)

    def run(self) -> None:
        """Take turns until a wakeup tells the loop to stop. A turn that fails is tried again, whatever the reason."""
        wakeup = Wakeup(branch=True)
        while not wakeup.stop:
            self.turn(wakeup)
            wakeup = self._dependencies.wakeups.wait(max(0.0, self.idle_until() - self._now()))
        self._telling.end(self.reconciler.writer.repository, self._target)

    def close(self) -> None:
        """Close what the loop works with."""
        self._runtime.close()

    @property
    def reconciler(self) -> Reconciler:
        """The reconciler of the installation's files as they were last read."""
        return self._runtime.reconciler

    @property
    def worklist(self) -> Worklist:
        """Which source is due when."""
        return self._worklist

    @property
    def finished(self) -> str | None:
        """The commit that the last pass left nothing to do on; None if there is none."""
        return self._branch.finished

    def _now(self) -> float:
        return self._dependencies.clock.monotonic()

    # When to take a turn

    def idle_until(self) -> float:
        """The time of the next turn, if no wakeup comes before it."""
        work = self._work_from()
        poll = self._branch.polled + self._settings.poll
        wake = poll if work is None else min(poll, work)
        if self._backoff.until is not None:
            wake = self._backoff.until
        wake = min(wake, self._telling.wakes_at)
        return min(wake, self._files.opens_at()) if self._pending.settings else wake

    def _work_from(self) -> float | None:
        """The time from which there is more to do than a poll of the branch; None if there is nothing."""
        opens_at = self._debounce.opens_at()
        if self._pending.branch or self._pending.heads or not self._branch.is_finished:
            return opens_at
        due = self._worklist.next()
        return None if due is None else max(due, opens_at)

    def _note(self, wakeup: Wakeup, now: float) -> None:
        """Keep what the wakeup is about. Nothing here can fail, so nothing of a wakeup is lost."""
        heads = wakeup.heads - {self._branch.head or ""}
        self._pending |= Wakeup(branch=wakeup.branch, heads=heads, settings=wakeup.settings)
        self._worklist.pushed(wakeup.repositories, wakeup.tags, now)
        self._claims.add(wakeup.claims, now)
        if wakeup.answers:
            self._worklist.retry_failed(now)
        if wakeup.everything:
            self._worklist.make_all_due(now)
        if wakeup.branch or heads or wakeup.repositories or wakeup.tags:
            self._debounce.event(now)
        if wakeup.settings:  # a person who sends SIGHUP has finished writing
            self._files.event(now - FILES_QUIET if wakeup.everything else now)
        if dataclasses.replace(wakeup, told=False) != Wakeup():
            self._backoff.hasten()

    # A turn

    def turn(self, wakeup: Wakeup) -> None:
        """Take one turn: do what the wakeup is about and what is due, as far as debounce and backoff allow it now.

        Then sinks are told of what the branch has, whatever became of the rest.
        """
        now = self._now()
        self._note(wakeup, now)
        self._log.update("watch", self._dependencies.check_files())
        if self._pending.settings and now >= self._files.opens_at():
            self._read_files(now)
        if not self._backoff.waits(now):
            self._try(now)
        self._tell()

    def _tell(self) -> None:
        if self._branch.head is not None:
            self._telling.turn(self.reconciler.writer.repository, self._target, self._branch.head)

    def _try(self, now: float) -> None:
        """Do the work of a turn. A failure is logged and counted, whatever the reason, and never raised."""
        health = self._dependencies.health
        health.begin()
        error, reachable = None, True
        try:
            self._work(now)
        except UnavailableError as caught:
            error, reachable = str(caught), False
        except ReconcilerError as caught:
            error = str(caught)
        except OSError as caught:  # of this machine: a full disk, no more processes; remotes fail as errors of ours
            error = f"this machine failed: {caught.strerror or caught}. It is tried again."
        except Exception as caught:  # noqa: BLE001 - no pass ends the loop: a container that restarts meets it again
            error = f"internal error ({type(caught).__name__}). It is tried again. Please open an issue with this line."
            _LOG.error("a pass ended early by a fault of this program.", exc_info=True)
        health.end(error=error, reachable=reachable)
        self._report.turned(error, self._dependencies.clock.now().timestamp())
        if error is None:
            self._backoff.succeed()
        else:
            self._fail()

    def _fail(self) -> None:
        """Wait before the next try, but only briefly if the mirror was the reason and could be made again."""
        self.reconciler.snapshots.forget()
        now = self._now()
        self._backoff.fail(now)
        if self._upkeep.repair(self.reconciler.writer.repository, now):
            self._branch.head = None
            self._backoff.mended(now)

    def _read_files(self, now: float) -> None:
        """Read the installation's files again; if one is broken, everything stays as it was."""
        self._files.begun()
        self._pending = dataclasses.replace(self._pending, settings=False)
        try:
            fresh = self._dependencies.make_runtime()
        except InputError as caught:
            self._log.update("settings", {f"{caught} What was read before stays in force."})
            return
        self._log.update("settings", ())
        self._telling.use(fresh.senders)
        self._runtime.close()
        self._runtime = fresh
        self._branch.finished = None
        self._backoff.end_wait()
        self._worklist.retry_failed(now)

    def _work(self, now: float) -> None:
        """Poll the branch if there is a reason, then run a pass over what is due, if one may begin."""
        self._poll_branch(now)
        if now < self._debounce.opens_at():
            return
        whole = not self._branch.is_finished
        if whole:
            self._read(self.reconciler.read_world(self._target, self._head()), now)
            if self._telling.has_new:  # a kill in this pass must not make a sink begin after it
                self._tell()
        batch = self._worklist.batch(now, whole=whole)
        if batch is not None:
            self._pass(batch)

    def _poll_branch(self, now: float) -> None:
        branch, pending = self._branch, self._pending
        requested = pending.branch or bool(pending.heads) or branch.head is None
        by_poll = now >= branch.polled + self._settings.poll or self._backoff.after_failure
        if not by_poll and (not requested or now < self._debounce.opens_at()):
            return
        before, branch.head = branch.head, self.reconciler.writer.base(self._target)
        branch.polled, self._pending = now, Wakeup(settings=pending.settings)
        if not requested and before is not None and before != branch.head:
            self._debounce.event(now)

    def _head(self) -> str:
        if self._branch.head is None:
            raise ValueError("the branch was not polled")
        return self._branch.head

    def _read(self, world: World, now: float) -> None:
        config = world.spec.config
        self._debounce.quiet, self._debounce.at_most_every = config.quiet, config.at_most_every
        self._worklist.read(world, now)
        self._telling.see(config.sinks, world.revision)
        self._report.read(world, len(self._worklist))

    # A pass

    def _pass(self, batch: Batch) -> None:
        began = self._now()
        self._debounce.begun()
        self.reconciler.registries.begin_pass()
        scope = dataclasses.replace(batch.scope, claims=self._claims.valid(began))
        result = run_pass(self.reconciler, self._target, scope, known=Known(self._head(), batch.part))
        self._report.pushed(result, self._now() - began)
        if result.push is Push.FAILED:
            raise RemoteError(result.error or "the push failed", retryable=True)
        self._finish(batch, result)

    def _finish(self, batch: Batch, result: Result) -> None:
        """Take in the result of a pass: the branch is where it left it, and the next pass is prepared."""
        now, branch = self._now(), self._branch
        if result.push is Push.DONE:
            self._debounce.pushed(now)
        self._worklist.finish(batch, result.plan, now)
        self._claims.recorded(result.plan.changes)
        self._report.passed(result, lambda problem: self._worklist.covers(batch, problem))
        before, branch.head = branch.head, result.head or result.plan.revision
        # If the branch moved, or a person's edit was answered, another pass over everything finds what follows from it.
        plain = not result.retries and all(isinstance(change, EventChange) for change in result.plan.changes)
        self._checks_again = not plain and (result.retries > 0 or not self._checks_again)
        branch.finished = None if self._checks_again else branch.head
        if not self._checks_again:
            world = self.reconciler.read_world(self._target, branch.head)
            if branch.head != before:
                self._read_changed(world, batch, result, now)
            self._report.count_istags(world)
        self._upkeep.count_pass(self.reconciler.writer.repository)

    def _read_changed(self, world: World, batch: Batch, result: Result, now: float) -> None:
        if self._worklist.knows(change.tag for change in result.plan.changes):
            self._worklist.read_changed(world, batch, now)
        else:
            self._read(world, now)
