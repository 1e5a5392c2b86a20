"""A schedule: when each source is looked up again, by its own interval, and more rarely while it fails.

| a source that             | is looked up                                                                            |
| ------------------------- | --------------------------------------------------------------------------------------- |
| is new                    | at once; when the process starts, every source is new                                   |
| answered                  | at its own moment within the interval, so that a thousand sources are spread            |
| failed                    | after a pause that doubles, from half a minute or the interval, whichever is shorter    |
| was pushed to             | at once, and again after each of `follow_up.FOLLOW_UPS`                                 |

A pause grows to a quarter of an hour, or to the interval if that is longer; one answer ends it. Times are monotonic
seconds that the caller gives, so a clock that is set does not change the schedule.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from reconciler.daemon.follow_up import FollowUps

Name = TypeVar("Name", bound=Hashable)

FIRST_PAUSE: Final = 30.0  # seconds
LONGEST_PAUSE: Final = 900.0


@dataclass(frozen=True, slots=True)
class Job:
    """One source that is looked up at intervals."""

    interval: float
    """Seconds between two lookups."""
    source: str
    """The source in the registry; jobs with the same source are due together, and make one question."""

    @property
    def phase(self) -> float:
        """The job's own moment within its interval, in seconds."""
        return zlib.crc32(self.source.encode()) / 2**32 * self.interval

    def after(self, now: float) -> float:
        """The job's next moment; one that is less than 1 % of the interval away is left out: this lookup covers it."""
        ahead = self.interval - (now - self.phase) % self.interval
        return now + (ahead if ahead > self.interval / 100 else ahead + self.interval)

    def pause(self, failures: int) -> float:
        """The pause in seconds after so many failures in a row."""
        longest = max(self.interval, LONGEST_PAUSE)
        return float(min(min(self.interval, FIRST_PAUSE) * 2 ** min(failures - 1, 32), longest))


@dataclass(slots=True)
class Schedule(Generic[Name]):
    """The jobs, and when each is due. One thread uses it."""

    _jobs: dict[Name, Job] = field(default_factory=dict)
    _due: dict[Name, float] = field(default_factory=dict)
    _failures: dict[Name, int] = field(default_factory=dict)
    _follow_ups: FollowUps[Name] = field(default_factory=FollowUps)

    @property
    def jobs(self) -> Mapping[Name, Job]:
        """A copy of the jobs as they are now."""
        return dict(self._jobs)

    def update(self, names: Collection[Name], jobs: Mapping[Name, Job], now: float) -> None:
        """Replace the jobs of these names; a name without a job is dropped, other names stay as they are.

        A job is due at once if it is new, or has another source or interval than before.
        """
        for name in [name for name in names if name not in jobs and name in self._jobs]:
            self._reset(name)
            del self._jobs[name], self._due[name]
        for name, job in jobs.items():
            if self._jobs.get(name) != job:
                self._reset(name)
                self._jobs[name], self._due[name] = job, now

    def _reset(self, name: Name) -> None:
        self._failures.pop(name, None)
        self._follow_ups.cancel({name})

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, name: object) -> bool:
        return name in self._jobs

    def due(self, now: float) -> frozenset[Name]:
        """The names to look up now."""
        return frozenset(name for name, moment in self._due.items() if moment <= now) | self._follow_ups.due(now)

    def next(self) -> float | None:
        """The time of the next lookup; None if there is no job."""
        moments = (min(self._due.values(), default=None), self._follow_ups.next())
        return min((moment for moment in moments if moment is not None), default=None)

    def make_all_due(self, now: float) -> None:
        """Every job is due."""
        self._due = dict.fromkeys(self._due, now)

    def retry_failed(self, now: float) -> None:
        """Every job that failed last time is due: the reason may be gone."""
        self._due.update(dict.fromkeys(self._failures, now))

    def pushed(self, names: Collection[Name], now: float) -> None:
        """Something was pushed to these: they are due; a name without a job is left out."""
        self._follow_ups.start({name for name in names if name in self._due}, now)

    def record_lookups(
        self, names: Collection[Name], failed: Collection[Name], now: float, moved: Collection[Name] = ()
    ) -> None:
        """These were looked up; some failed, and some gave a new image."""
        self._follow_ups.cancel(failed)
        self._follow_ups.record_lookups(names, moved, now)
        for name in names:
            job = self._jobs.get(name)
            if job is None:
                continue
            if name in failed:
                self._failures[name] = self._failures.get(name, 0) + 1
                self._due[name] = now + job.pause(self._failures[name])
                continue
            self._failures.pop(name, None)
            self._due[name] = job.after(now)
