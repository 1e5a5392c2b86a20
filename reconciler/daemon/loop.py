"""The loop: wake, pass, sleep, for months.

It wakes for the earliest due source, for a branch that may have moved, for what was pushed to a registry, for files of
the installation that changed, and to end. A turn looks at the remote, runs a pass over what is due, and notes when each
source is looked at again. What it was woken for stays due until a pass has covered it. What fails is said once and
tried again after a pause that grows; nothing is kept but what git has, so a new process begins by looking at every
source.
"""

from __future__ import annotations

import dataclasses
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reconciler.clock import Clock
from reconciler.daemon.debounce import Debounce
from reconciler.daemon.health import Health
from reconciler.daemon.istag_gauge import IstagGauge
from reconciler.daemon.problem_log import ProblemLog
from reconciler.daemon.pusher_claims import PendingClaims
from reconciler.daemon.wakeup import Wakeup, Wakeups
from reconciler.daemon.worklist import Batch, Worklist
from reconciler.errors import InputError, ReconcilerError, RemoteError, UnavailableError
from reconciler.model.change import EventChange
from reconciler.model.plan import Problem
from reconciler.planning.world import World
from reconciler.reconcile.run_pass import Known, Reconciler
from reconciler.reconcile.writer import Push, Result, Target
from reconciler.telemetry.metrics import Metrics

_LOG: Final = logging.getLogger("imagestream")
FIRST_PAUSE: Final = 5.0  # seconds after a turn that failed; doubles
LONGEST_PAUSE: Final = 300.0
SHORTEST_PAUSE: Final = 1.0
"""Seconds after a turn that failed within which not even a ring makes another."""
CHECK_EVERY: Final = 5.0
"""Seconds at least between two looks whether the mirror is damaged; failures are what makes it look."""
SETTLED_AFTER: Final = 0.2
"""Seconds without a further change after which files of the installation are read: who writes several, or one in
pieces, is done by then."""
TIDY_AFTER: Final = 50
"""Passes after which git may put the mirror's objects together; it looks whether they are many."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line says about the loop."""

    poll: float = 60.0
    """Seconds between two looks at the remote branch, and at files that nobody watches."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What is made from the installation's files."""

    reconciler: Reconciler
    close: Callable[[], None]
    """Called when it is not used any more."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What a loop works with."""

    equip: Callable[[], Runtime]
    """Makes the equipment from the files as they are now. Raises `InputError` where one of them is broken."""
    mend: Callable[[], None]
    """Makes the mirror anew where it is damaged; raises as the making of one does."""
    look: Callable[[], frozenset[str]]
    """Looks for changed files that no event told of, and wakes the loop for them; the result names unobserved files."""
    wakeups: Wakeups
    health: Health
    clock: Clock
    metrics: Metrics


class Loop:
    """One branch of one remote, kept in step with the registries. `run` is its only thread."""

    def __init__(self, parts: Dependencies, target: Target, settings: Settings) -> None:
        self._parts = parts
        self._equipment = parts.equip()
        self._wakeups, self._health, self._clock = parts.wakeups, parts.health, parts.clock
        self._metrics = parts.metrics
        self._target = target
        self._settings = settings
        self._agenda = Worklist()
        self._notices = ProblemLog()
        self._pace = Debounce()
        self._files = Debounce(quiet=SETTLED_AFTER)
        self._head: str | None = None
        """The remote branch, as it was last seen."""
        self._planned: str | None = None
        """The commit that the last pass went over, and left nothing to do on."""
        self._asked = Wakeup()
        """What it was woken for and has not done yet; sources are in the agenda."""
        self._follows = False
        """Whether the next pass only follows up on what the last one wrote."""
        self._polled = self._checked = self._failed = float("-inf")
        self._pause = 0.0
        """How long turns are put off after the last failure; 0 after one that went well."""
        self._retry: float | None = None
        """When the turn that failed is tried again."""
        self._problems: tuple[Problem, ...] = ()
        """What is wrong, as far as it was last looked at."""
        self._claims = PendingClaims()
        self._standing = IstagGauge()
        self._untidy = 0

    def run(self) -> None:
        """Turn until a wakeup tells the loop to stop. A turn that fails is tried again, whatever made it fail."""
        ring = Wakeup(branch=True)
        while not ring.stop:
            self._turn(ring)
            ring = self._wakeups.wait(self._idle())

    def close(self) -> None:
        """Close what the loop works with."""
        self._equipment.close()

    @property
    def _reconciler(self) -> Reconciler:
        return self._equipment.reconciler

    # When

    def _idle(self) -> float:
        """How long to sleep unless somebody rings."""
        moments = [self._polled + self._settings.poll, self._work()]
        wake = min(moment for moment in moments if moment is not None)
        if self._retry is not None:
            wake = self._retry
        if self._asked.settings:
            wake = min(wake, self._files.opens())
        return max(0.0, wake - self._clock.monotonic())

    def _work(self) -> float | None:
        """From when on there is something to do beside looking at the branch; None where nothing is."""
        if self._asked.branch or self._asked.heads or self._planned != self._head:
            return self._pace.opens()
        due = self._agenda.next()
        return None if due is None else max(due, self._pace.opens())

    def _heed(self, ring: Wakeup, now: float) -> None:
        """Note what the loop was woken for. Nothing of it can fail, so that nothing of it is lost."""
        news = Wakeup(branch=ring.branch, heads=ring.heads - {self._head or ""}, settings=ring.settings)
        self._asked |= news
        self._agenda.hint(ring.repositories, ring.tags, now)
        self._claims.hear(ring.claims, now)
        if ring.answers:
            self._agenda.retry(now)
        if ring.everything:
            self._agenda.everything(now)
        if news.branch or news.heads or ring.repositories or ring.tags:
            self._pace.event(now)
        if ring.settings:
            self._files.event(now - SETTLED_AFTER if ring.everything else now)  # who sends SIGHUP has written them
        if self._retry is not None and ring != Wakeup():
            self._retry = min(self._retry, self._failed + SHORTEST_PAUSE)

    # A turn

    def _turn(self, ring: Wakeup) -> None:
        now = self._clock.monotonic()
        self._heed(ring, now)
        self._notices.stand("watch", self._parts.look())
        if self._asked.settings and now >= self._files.opens():
            self._equip(now)
        if self._retry is not None and now < self._retry:
            return
        self._health.begin()
        error, reachable = None, True
        try:
            self._work_on(now)
        except UnavailableError as caught:
            error, reachable = str(caught), False
        except ReconcilerError as caught:
            error = str(caught)
        except OSError as caught:  # of this machine: a full disk, no more processes; remotes fail as errors of ours
            error = f"this machine failed: {caught.strerror or caught}. It is tried again."
        except Exception as caught:  # noqa: BLE001 - no pass ends the loop: a container that restarts meets it again
            error = f"internal error ({type(caught).__name__}). It is tried again. Please open an issue with this line."
            _LOG.error("a pass ended early by a fault of this program.", exc_info=True)
        self._health.end(error=error, reachable=reachable)
        self._notices.stand("failure", {error} if error else ())
        if error is None:
            self._metrics.put("imagestream_last_success_timestamp_seconds", self._clock.now().timestamp())
            self._pause, self._retry = 0.0, None
        else:
            self._metrics.add("imagestream_passes_total", result="failed")
            self._fail()

    def _fail(self) -> None:
        """Leave it for a while, unless it was a mirror that can be had anew."""
        self._reconciler.snapshots.forget()
        now = self._clock.monotonic()
        self._pause = min(max(FIRST_PAUSE, self._pause * 2), LONGEST_PAUSE)
        if now - self._checked >= CHECK_EVERY:
            self._checked = now
            if self._mended():
                self._head, self._pause = None, SHORTEST_PAUSE
        self._failed, self._retry = now, now + self._pause

    def _mended(self) -> bool:
        """Whether the mirror was damaged and has been made anew."""
        repository = self._reconciler.writer.repository
        try:
            repository.unlock()
            damaged = not repository.is_whole()
            if damaged:
                self._parts.mend()
        except (ReconcilerError, OSError) as caught:
            self._notices.stand("mirror", {str(caught)})
            return False
        self._notices.stand("mirror", ())
        if damaged:
            _LOG.warning("the mirror in %s was damaged: it is made anew.", repository.path)
        return damaged

    def _equip(self, now: float) -> None:
        """Read the installation's files again; what is broken changes nothing."""
        self._files.begun()
        self._asked = Wakeup(branch=self._asked.branch, heads=self._asked.heads)
        try:
            fresh = self._parts.equip()
        except InputError as caught:
            self._notices.stand("settings", {f"{caught} What was read before stays in force."})
            return
        self._notices.stand("settings", ())
        self._equipment.close()
        self._equipment = fresh
        self._planned = self._retry = None
        self._agenda.retry(now)

    def _work_on(self, now: float) -> None:
        """Look at the branch where there is reason to, then at what is due, if the time has come."""
        self._look_at_branch(now)
        if now < self._pace.opens():
            return
        whole = self._planned != self._head
        if whole:
            self._read(self._reconciler.look(self._target, self._known()), now)
        item = self._agenda.item(now, whole=whole)
        if item is not None:
            self._pass(item)

    def _look_at_branch(self, now: float) -> None:
        asked = self._asked.branch or bool(self._asked.heads) or self._head is None
        by_poll = now >= self._polled + self._settings.poll or self._pause > 0
        if not by_poll and (not asked or now < self._pace.opens()):
            return
        before, self._head = self._head, self._reconciler.writer.base(self._target)
        self._polled, self._asked = now, Wakeup(settings=self._asked.settings)
        if not asked and before is not None and before != self._head:
            self._pace.event(now)

    def _known(self) -> str:
        if self._head is None:
            raise ValueError("the branch was not looked at")
        return self._head

    def _read(self, world: World, now: float) -> None:
        self._pace.quiet, self._pace.at_most_every = world.spec.config.quiet, world.spec.config.at_most_every
        self._agenda.read(world, now)
        self._metrics.put("imagestream_scheduled", len(self._agenda))
        self._metrics.put("imagestream_held_images", sum(len(hold.held) for hold in world.record.holds.values()))

    # A pass

    def _pass(self, item: Batch) -> None:
        began = self._clock.monotonic()
        self._pace.begun()
        self._reconciler.registries.begin_pass()
        asked = dataclasses.replace(item.ask, claims=self._claims.standing(began))
        result = self._reconciler.run(self._target, asked, known=Known(self._known(), item.part))
        self._metrics.observe("imagestream_pass_duration_seconds", self._clock.monotonic() - began)
        self._metrics.add("imagestream_push_retries_total", result.retries)
        if result.push is not Push.SKIPPED:
            self._metrics.add("imagestream_pushes_total", result=str(result.push))
        if result.push is Push.FAILED:
            raise RemoteError(result.error or "the push failed", retryable=True)
        self._metrics.add("imagestream_passes_total", result="done")
        self._done(item, result)

    def _done(self, item: Batch, result: Result) -> None:
        """A pass is over: what it wrote is where the branch is now, and the next one is prepared."""
        now = self._clock.monotonic()
        if result.push is Push.DONE:
            self._pace.pushed(now)
        self._agenda.done(item, result.plan, now)
        self._claims.used(result.plan.changes)
        self._tell(item, result)
        before, self._head = self._head, result.head or result.plan.revision
        # The branch moved, or what people did was answered: what comes of that is for another pass over everything.
        plain = not result.retries and all(isinstance(change, EventChange) for change in result.plan.changes)
        self._follows = not plain and (result.retries > 0 or not self._follows)
        self._planned = None if self._follows else self._head
        if not self._follows:
            world = self._reconciler.look(self._target, self._head)
            if self._head != before:
                self._reread(world, item, result, now)
            self._metrics.put_all("imagestream_istags", self._standing.after(world, self._problems))
        self._tidy()

    def _reread(self, world: World, item: Batch, result: Result, now: float) -> None:
        if self._agenda.knows(change.tag for change in result.plan.changes):
            self._agenda.reread(world, item, now)
        else:
            self._read(world, now)

    def _tidy(self) -> None:
        self._untidy += 1
        if self._untidy >= TIDY_AFTER:
            self._untidy = 0
            self._reconciler.writer.repository.tidy()

    def _tell(self, item: Batch, result: Result) -> None:
        for change, commit in zip(result.plan.changes, result.commits, strict=False):
            fields = {"istag": str(change.tag), "commit": commit, "change": str(change.kind), "cause": change.cause}
            _LOG.info("%s %s to %s", change.kind, change.tag, change.image or "nothing", extra=fields)
            self._metrics.add("imagestream_changes_total", change=str(change.kind))
        old = (problem for problem in self._problems if not self._agenda.covers(item, problem))
        self._problems = tuple(dict.fromkeys((*old, *result.plan.problems)))
        self._metrics.put_all("imagestream_problems", Counter(str(problem.reason) for problem in self._problems))
        self._notices.stand("problems", {problem.message for problem in self._problems})
