"""The agenda: what is to be looked at, as the World says, and when; and which of it a hint is about.

What is read again is what changed: after a pass over a few streams only these are gone through, and a pass over what is
due is planned on what can change by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from reconciler.daemon.follow_up import FollowUps
from reconciler.daemon.schedule import Job, Schedule
from reconciler.model.name import IstagName, StreamName
from reconciler.model.observation import Reason
from reconciler.model.plan import Plan, Problem
from reconciler.planning.affected_streams import Neighbourhoods
from reconciler.planning.due import Scheduled, scheduled
from reconciler.planning.pass_scope import PassScope
from reconciler.planning.world import World

Name = IstagName | StreamName
Repository = tuple[str | None, str]
"""Where something was pushed to: host (None: any) and path."""
Tag = tuple[str | None, str, str]
"""What was pushed: host (None: any), path and tag."""

_FAILURES: Final = {Reason.NOT_FOUND, Reason.DENIED, Reason.UNREACHABLE, Reason.RATE_LIMITED, Reason.MISMATCH}


@dataclass(frozen=True, slots=True)
class Batch:
    """What the next pass looks at."""

    ask: PassScope
    streams: frozenset[StreamName] | None
    """What can change by it, and what it takes to decide; None for everything."""
    neighbourhoods: Neighbourhoods | None

    def part(self, world: World) -> World:
        """What the pass is planned on."""
        if self.streams is None or self.neighbourhoods is None:
            return world
        return self.neighbourhoods.part(world, self.streams)


class Worklist:
    """What one branch has to be looked at. One thread uses it."""

    def __init__(self) -> None:
        self._schedule: Schedule[Name] = Schedule()
        self._pushed: FollowUps[IstagName] = FollowUps()
        """Istags of streams that are filled by pushes, which events named."""
        self._sources: dict[Name, Scheduled] = {}
        self._repositories: dict[Repository, set[Name]] = {}
        self._places: dict[Name, tuple[Repository, ...]] = {}
        self._neighbourhoods: Neighbourhoods | None = None

    def __len__(self) -> int:
        return len(self._schedule)

    def read(self, world: World, now: float) -> None:
        """Go through the World as a whole."""
        self._neighbourhoods = Neighbourhoods.of(world)
        self._note(scheduled(world), list(self._places), now)

    def reread(self, world: World, item: Batch, now: float) -> None:
        """Go through what a pass may have changed."""
        if item.streams is None or self._neighbourhoods is None:
            self.read(world, now)
            return
        names: list[Name] = [*item.streams, *self._names(item.streams)]
        self._note(scheduled(item.part(world)), names, now)

    def hint(self, repositories: Iterable[Repository], tags: Iterable[Tag], now: float) -> None:
        """Something was pushed to these repositories and tags: what is in them is due, and nothing else."""
        due = {name for each in repositories for name in self._repositories.get(each, ())}
        pushed = set[IstagName]()
        for host, repository, tag in tags:
            for name in self._repositories.get((host, repository), ()):
                source = self._sources[name]
                if isinstance(name, StreamName) and source.is_filled_by_pushes:
                    pushed.add(name.tag(tag))
                elif source.tag in {None, tag}:
                    due.add(name)
        self._schedule.hurry(due, now)
        self._pushed.hurry(pushed, now)

    def everything(self, now: float) -> None:
        """Everything is due."""
        self._schedule.everything(now)

    def retry(self, now: float) -> None:
        """What failed is due."""
        self._schedule.retry(now)

    def next(self) -> float | None:
        """When there is something to look at; None for never."""
        moments = (self._schedule.next(), self._pushed.next())
        return min((moment for moment in moments if moment is not None), default=None)

    def item(self, now: float, *, whole: bool) -> Batch | None:
        """What is to be looked at now, beside everything that commits changed if `whole`; None where nothing is."""
        due, pushed = self._schedule.due(now), self._pushed.due(now)
        if not due and not pushed and not whole:
            return None
        streams = None if whole or self._neighbourhoods is None else self._neighbourhoods.around(due | pushed)
        names: Collection[Name] = self._places if streams is None else [*streams, *self._names(streams)]
        resting = frozenset(name for name in names if name in self._schedule and name not in due)
        return Batch(PassScope(scheduled=False, due=due, pushed=pushed, resting=resting), streams, self._neighbourhoods)

    def done(self, item: Batch, plan: Plan, now: float) -> None:
        """A pass has looked at the item: what failed is left alone for a while, the rest until its next moment."""
        failed: set[Name] = set()
        for problem in plan.problems:
            if problem.reason in _FAILURES:
                failed |= {each for each in (problem.tag, problem.stream) if each is not None}
        failed |= {name.stream_name for name in failed if isinstance(name, IstagName)}
        moved = {change.tag for change in plan.changes}
        self._schedule.looked(item.ask.due, failed & item.ask.due, now, moved)
        # What failed of a stream is looked at again with the rest of it.
        spoilt = {name for name in item.ask.pushed if name.stream_name in failed}
        self._pushed.forget(spoilt)
        self._pushed.looked(item.ask.pushed, moved, now)
        streams = {name.stream_name for name in spoilt} - item.ask.due
        self._schedule.looked(streams, streams, now)

    def knows(self, names: Iterable[IstagName]) -> bool:
        """Whether these are istags of the World that was gone through last."""
        known = self._neighbourhoods.names if self._neighbourhoods else {}
        return all(name in known.get(name.stream_name, ()) for name in names)

    def covers(self, item: Batch, problem: Problem) -> bool:
        """Whether a pass over the item has looked at the problem again, and says it where it still is one."""
        stream = problem.tag.stream_name if problem.tag else problem.stream
        if stream is None:
            return True
        at = next((name for name in (problem.tag, stream) if name is not None and name in self._schedule), None)
        if problem.reason in _FAILURES and at is not None:
            return at in item.ask.due or problem.tag in item.ask.pushed
        return item.streams is None or stream in item.streams

    def _names(self, streams: Collection[StreamName]) -> list[IstagName]:
        known = self._neighbourhoods.names if self._neighbourhoods else {}
        return [name for stream in streams for name in known.get(stream, ())]

    def _note(self, sources: dict[Name, Scheduled], names: Collection[Name], now: float) -> None:
        """These are the sources of these names now."""
        for name in names:
            for place in self._places.pop(name, ()):
                self._repositories[place].discard(name)
                if not self._repositories[place]:
                    del self._repositories[place]
            self._sources.pop(name, None)
        for name, each in sources.items():
            self._sources[name] = each
            places = self._places[name] = ((each.host, each.repository), (None, each.repository))
            for place in places:  # a hint may not say which registry it is from
                self._repositories.setdefault(place, set()).add(name)
        jobs = {name: Job(each.interval, each.source) for name, each in sources.items()}
        self._schedule.update(names, jobs, now)
