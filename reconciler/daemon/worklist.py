"""The worklist: what the next pass looks up, taken from the World, the schedule and the pushes that events name.

A pass over a few streams is planned on the streams that it can change, and only those are read again after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.daemon.follow_up import FollowUps
from reconciler.daemon.schedule import Job, Schedule
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Reason
from reconciler.model.plan import Plan, Problem
from reconciler.planning.affected_streams import AffectedStreams
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.scheduled_source import ScheduledSource, scheduled_sources
from reconciler.planning.world import World

Name = IstagName | StreamName
Repository = tuple[str | None, str]
"""A repository that was pushed to: host (None for any) and path."""
Tag = tuple[str | None, str, str]
"""A tag that was pushed: host (None for any), path and tag."""

_FAILURES: Final = {Reason.NOT_FOUND, Reason.DENIED, Reason.UNREACHABLE, Reason.RATE_LIMITED, Reason.MISMATCH}


@dataclass(frozen=True, slots=True)
class Batch:
    """What the next pass looks up."""

    scope: PassScope
    streams: frozenset[StreamName] | None
    """The streams that can change, and those that the decision needs; None for every stream."""
    affected: AffectedStreams | None

    def part(self, world: World) -> World:
        """The part of the World that the pass is planned on."""
        if self.streams is None or self.affected is None:
            return world
        return self.affected.part(world, self.streams)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a worklist took from a World; equal for every worklist that was read from the same World."""

    jobs: Mapping[Name, Job]
    by_repository: Mapping[Repository, frozenset[Name]]
    affected: AffectedStreams | None


class Worklist:
    """The work of one branch. One thread uses it; times are monotonic seconds that the caller gives."""

    def __init__(self) -> None:
        self._schedule: Schedule[Name] = Schedule()
        self._pushed: FollowUps[IstagName] = FollowUps()
        """Istags that events named, of streams that are filled by pushes; they have no job of their own."""
        self._sources: dict[Name, ScheduledSource] = {}
        self._by_repository: dict[Repository, set[Name]] = {}
        self._repositories: dict[Name, tuple[Repository, ...]] = {}
        self._affected: AffectedStreams | None = None

    def __len__(self) -> int:
        return len(self._schedule)

    @property
    def contents(self) -> Contents:
        """What was read from the World, without what events and failures added."""
        by_repository = {repository: frozenset(names) for repository, names in self._by_repository.items()}
        return Contents(self._schedule.jobs, by_repository, self._affected)

    # What the World gives

    def read(self, world: World, now: float) -> None:
        """Take the whole World."""
        self._affected = AffectedStreams.of(world)
        self._replace(scheduled_sources(world), list(self._repositories), now)

    def read_changed(self, world: World, batch: Batch, now: float) -> None:
        """Take the part of the World that a pass over the batch may have changed."""
        if batch.streams is None or self._affected is None:
            self.read(world, now)
            return
        names: list[Name] = [*batch.streams, *self._names(batch.streams)]
        self._replace(scheduled_sources(batch.part(world)), names, now)

    def _replace(self, sources: dict[Name, ScheduledSource], names: Collection[Name], now: float) -> None:
        """These are the sources of these names now."""
        for name in names:
            for repository in self._repositories.pop(name, ()):
                self._by_repository[repository].discard(name)
                if not self._by_repository[repository]:
                    del self._by_repository[repository]
            self._sources.pop(name, None)
        for name, each in sources.items():
            self._sources[name] = each
            repositories = self._repositories[name] = ((each.host, each.repository), (None, each.repository))
            for repository in repositories:  # an event need not name its registry
                self._by_repository.setdefault(repository, set()).add(name)
        jobs = {name: Job(each.interval, each.source) for name, each in sources.items()}
        self._schedule.update(names, jobs, now)

    # What makes something due

    def pushed(self, repositories: Iterable[Repository], tags: Iterable[Tag], now: float) -> None:
        """Something was pushed to these repositories and tags: the sources in them are due, and no others."""
        due = {name for each in repositories for name in self._by_repository.get(each, ())}
        pushed = set[IstagName]()
        for host, repository, tag in tags:
            for name in self._by_repository.get((host, repository), ()):
                source = self._sources[name]
                if isinstance(name, StreamName) and source.is_filled_by_pushes:
                    pushed.add(name.tag(tag))
                elif source.tag in {None, tag}:
                    due.add(name)
        self._schedule.pushed(due, now)
        self._pushed.start(pushed, now)

    def make_all_due(self, now: float) -> None:
        """Every source is due."""
        self._schedule.make_all_due(now)

    def retry_failed(self, now: float) -> None:
        """Every source that failed last time is due."""
        self._schedule.retry_failed(now)

    # What a pass takes and gives back

    def next(self) -> float | None:
        """The time of the next lookup; None if there is none."""
        moments = (self._schedule.next(), self._pushed.next())
        return min((moment for moment in moments if moment is not None), default=None)

    def batch(self, now: float, *, whole: bool) -> Batch | None:
        """What to look up now; with `whole` also every change of the commit. None if there is nothing to do."""
        due, pushed = self._schedule.due(now), self._pushed.due(now)
        if not due and not pushed and not whole:
            return None
        streams = None if whole or self._affected is None else self._affected.around(due | pushed)
        names: Collection[Name] = self._repositories if streams is None else [*streams, *self._names(streams)]
        resting = frozenset(name for name in names if name in self._schedule and name not in due)
        return Batch(PassScope(scheduled=False, due=due, pushed=pushed, resting=resting), streams, self._affected)

    def finish(self, batch: Batch, plan: Plan, now: float) -> None:
        """A pass has looked up the batch: what failed waits for its pause, the rest for its next moment."""
        failed: set[Name] = set()
        for problem in plan.problems:
            if problem.reason in _FAILURES:
                failed |= {each for each in (problem.tag, problem.stream) if each is not None}
        failed |= {name.stream_name for name in failed if isinstance(name, IstagName)}
        moved = {change.tag for change in plan.changes}
        scope = batch.scope
        self._schedule.record_lookups(scope.due, failed & scope.due, now, moved)
        # A pushed istag whose stream failed is looked up again together with its stream.
        failed_pushes = {name for name in scope.pushed if name.stream_name in failed}
        self._pushed.cancel(failed_pushes)
        self._pushed.record_lookups(scope.pushed, moved, now)
        streams = {name.stream_name for name in failed_pushes} - scope.due
        self._schedule.record_lookups(streams, streams, now)

    def knows(self, names: Iterable[IstagName]) -> bool:
        """Whether all of these are istags of the World that was read last."""
        known = self._affected.names if self._affected else {}
        return all(name in known.get(name.stream_name, ()) for name in names)

    def covers(self, batch: Batch, problem: Problem) -> bool:
        """Whether a pass over the batch covers the problem, and so reports it if it is still there."""
        stream = problem.tag.stream_name if problem.tag else problem.stream
        if stream is None:
            return True
        at = next((name for name in (problem.tag, stream) if name is not None and name in self._schedule), None)
        if problem.reason in _FAILURES and at is not None:
            return at in batch.scope.due or problem.tag in batch.scope.pushed
        return batch.streams is None or stream in batch.streams

    def _names(self, streams: Collection[StreamName]) -> list[IstagName]:
        known = self._affected.names if self._affected else {}
        return [name for stream in streams for name in known.get(stream, ())]
