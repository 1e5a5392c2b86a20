"""The loop: wake, pass, sleep, for months.

It wakes for the earliest due source, for a branch that may have moved, for what was pushed to a registry, and to end. A
turn looks at the remote, runs a pass over what is due, and notes when each source is looked at again. What fails is
said once and tried again after a pause that grows; nothing is kept but what git has, so a new process begins by looking
at every source.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reconciler.clock import Clock
from reconciler.daemon.bell import Bell, Ring
from reconciler.daemon.claim import KeptClaims
from reconciler.daemon.health import Health
from reconciler.daemon.schedule import Job, Schedule
from reconciler.daemon.standing import Standing
from reconciler.errors import ReconcilerError, RemoteError, UnavailableError
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Reason
from reconciler.operations.reconcile import Reconciler
from reconciler.operations.writer import Push, Result, Target
from reconciler.planning.due import scheduled
from reconciler.planning.world import Ask, World
from reconciler.telemetry.metrics import Metrics

_LOG: Final = logging.getLogger("imagestream")
FIRST_PAUSE: Final = 5.0  # seconds after a turn that failed; doubles
LONGEST_PAUSE: Final = 300.0
_FAILURES: Final = {Reason.NOT_FOUND, Reason.DENIED, Reason.UNREACHABLE, Reason.RATE_LIMITED, Reason.MISMATCH}


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line says about the loop."""

    poll: float = 60.0
    """Seconds between two looks at the remote branch."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a loop works with."""

    reconciler: Callable[[], Reconciler]
    """Makes one from the installation as it is now."""
    bell: Bell
    health: Health
    clock: Clock
    metrics: Metrics


class Loop:
    """One branch of one remote, kept in step with the registries. `run` is its only thread."""

    def __init__(self, parts: Parts, target: Target, settings: Settings) -> None:
        self._make = parts.reconciler
        self._reconciler = parts.reconciler()
        self._bell, self._health, self._clock = parts.bell, parts.health, parts.clock
        self._metrics = parts.metrics
        self._target = target
        self._settings = settings
        self._schedule: Schedule[IstagName | StreamName] = Schedule()
        self._sources: dict[tuple[str | None, str], set[IstagName | StreamName]] = {}
        self._head: str | None = None
        self._planned: str | None = None
        """The commit that the last pass went over."""
        self._polled = float("-inf")
        self._pause = 0.0
        self._standing = Standing()
        self._claims = KeptClaims()
        self._said: dict[str, frozenset[str]] = {}
        """What was said and still stands: why turns fail, and the problems of the last pass."""

    def run(self) -> None:
        """Turn until the bell says stop. A turn that fails is tried again; only a bug ends the loop."""
        ring = Ring(branch=True, everything=True)
        while not ring.stop:
            self._turn(ring)
            ring = self._bell.wait(self._idle())

    def _idle(self) -> float:
        """How long to sleep unless somebody rings."""
        if self._pause:
            return self._pause
        now = self._clock.monotonic()
        moments = [self._polled + self._settings.poll, self._schedule.next()]
        return max(0.0, min(moment for moment in moments if moment is not None) - now)

    def _turn(self, ring: Ring) -> None:
        self._health.begin()
        error, reachable = None, True
        try:
            self._pass(ring)
        except UnavailableError as caught:
            error, reachable = str(caught), False
        except ReconcilerError as caught:
            error = str(caught)
        self._health.end(error=error, reachable=reachable)
        if error is not None:
            self._metrics.add("imagestream_passes_total", result="failed")
        else:
            self._metrics.put("imagestream_last_success_timestamp_seconds", self._clock.now().timestamp())
        self._say("failure", {error} if error else set())
        if error is None:
            self._pause = 0.0
            return
        self._reconciler.memory.forget()
        self._pause = min(max(FIRST_PAUSE, self._pause * 2), LONGEST_PAUSE)

    def _pass(self, ring: Ring) -> None:
        now = self._clock.monotonic()
        self._claims.hear(ring.claims, now)
        if ring.settings:
            self._reconciler = self._make()
        if ring.branch or now >= self._polled + self._settings.poll or self._head is None or self._pause:
            self._head = self._reconciler.writer.base(self._target)
            self._polled = now
        if self._planned != self._head:
            self._reschedule(self._reconciler.look(self._target, self._head), now)
        if ring.everything:
            self._schedule.everything(now)
        self._schedule.hurry(self._named(ring), now)
        due = self._schedule.due(now)
        if not due and self._planned == self._head:
            return
        self._reconciler.registries.begin()
        result = self._reconciler.run(
            self._target, Ask(scheduled=False, due=due, claims=self._claims.standing(now)), known=self._head
        )
        self._metrics.observe("imagestream_pass_duration_seconds", self._clock.monotonic() - now)
        self._done(due, result)

    def _done(self, due: frozenset[IstagName | StreamName], result: Result) -> None:
        """A pass is over: what it wrote is where the branch is now, and the next one is prepared."""
        self._metrics.add("imagestream_push_retries_total", result.retries)
        if result.push is not Push.SKIPPED:
            self._metrics.add("imagestream_pushes_total", result=str(result.push))
        if result.push is Push.FAILED:
            raise RemoteError(result.error or "the push failed", retryable=True)
        head = self._head = self._planned = result.head or result.plan.revision
        problems = [problem for problem in result.plan.problems if problem.tag and problem.reason in _FAILURES]
        failed = {name for each in problems if each.tag for name in (each.tag, each.tag.stream_name)}
        self._schedule.looked(due, failed & due, self._clock.monotonic())
        self._claims.used(result.plan.changes)
        self._tell(result)
        world = self._reconciler.look(self._target, head)
        self._reschedule(world, self._clock.monotonic())
        standing = self._standing.after(world, result.plan.problems, due, self._schedule.names)
        self._metrics.put_all("imagestream_istags", standing)
        self._metrics.add("imagestream_passes_total", result="done")

    def _reschedule(self, world: World, now: float) -> None:
        sources = scheduled(world)
        self._metrics.put("imagestream_scheduled", len(sources))
        self._metrics.put("imagestream_held_images", sum(len(hold.held) for hold in world.holds.values()))
        self._schedule.replace({name: Job(each.interval, each.source) for name, each in sources.items()}, now)
        self._sources = {}
        for name, each in sources.items():
            for host in (each.host, None):  # a hint may not say which registry it is from
                self._sources.setdefault((host, each.repository), set()).add(name)

    def _named(self, ring: Ring) -> set[IstagName | StreamName]:
        """What is looked at in the repositories that something was pushed to."""
        return {name for each in ring.repositories for name in self._sources.get(each, ())}

    def moved(self, commit: str | None) -> bool:
        """Whether a git host that tells of a commit tells news: what was just pushed from here comes back as a hint."""
        return commit is None or commit != self._head

    def _tell(self, result: Result) -> None:
        for change, commit in zip(result.plan.changes, result.commits, strict=False):
            fields = {"istag": str(change.tag), "commit": commit, "change": str(change.kind), "cause": change.cause}
            _LOG.info("%s %s to %s", change.kind, change.tag, change.image or "nothing", extra=fields)
            self._metrics.add("imagestream_changes_total", change=str(change.kind))
        reasons = Counter(str(problem.reason) for problem in result.plan.problems)
        self._metrics.put_all("imagestream_problems", reasons)
        self._say("problems", {problem.message for problem in result.plan.problems})

    def _say(self, about: str, texts: set[str]) -> None:
        """Each when it appears, and when it is gone; not every time it is still there."""
        said = self._said.get(about, frozenset())
        for text in sorted(texts - said):
            _LOG.warning("%s", text)
        for text in sorted(said - texts):
            _LOG.info("no longer: %s", text)
        self._said[about] = frozenset(texts)
