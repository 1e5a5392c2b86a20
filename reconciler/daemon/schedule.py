"""When each source is looked at again: by its own interval, spread, and less and less often while it fails.

    | a source that             | is looked at                                                                |
    | ------------------------- | --------------------------------------------------------------------------- |
    | is new, or at the start   | at once                                                                     |
    | answered                  | at its own moment within the interval, so that a thousand do not fire together |
    | failed                    | after a pause that doubles, from half a minute or the interval, whichever is shorter |
    | was pushed to             | at once, and again after each of `ECHOES`                                   |

A pause grows to a quarter of an hour, or to the interval where that is longer; one answer ends it. Times are monotonic
seconds that the caller gives, so a clock that jumps moves nothing.
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
    """One thing that is looked at again and again."""

    interval: float
    """Seconds between two looks."""
    source: str
    """What is asked; jobs that share it fire together, as one question."""

    @property
    def phase(self) -> float:
        """The job's own moment within its interval, in seconds."""
        return zlib.crc32(self.source.encode()) / 2**32 * self.interval

    def after(self, now: float) -> float:
        """The next moment of the job; not one that is all but there, which a look that came early has just covered."""
        ahead = self.interval - (now - self.phase) % self.interval
        return now + (ahead if ahead > self.interval / 100 else ahead + self.interval)

    def pause(self, failures: int) -> float:
        """How long to leave it alone after so many failures in a row."""
        longest = max(self.interval, LONGEST_PAUSE)
        return float(min(min(self.interval, FIRST_PAUSE) * 2 ** min(failures - 1, 32), longest))


@dataclass(slots=True)
class Schedule(Generic[Name]):
    """What is due when. One thread uses it."""

    _jobs: dict[Name, Job] = field(default_factory=dict)
    _due: dict[Name, float] = field(default_factory=dict)
    _failures: dict[Name, int] = field(default_factory=dict)
    _echoes: FollowUps[Name] = field(default_factory=FollowUps)

    def replace(self, jobs: Mapping[Name, Job], now: float) -> None:
        """What is to be looked at from now on: what is new, or has another source or interval, is due at once."""
        self.update(self._jobs, jobs, now)

    def update(self, names: Collection[Name], jobs: Mapping[Name, Job], now: float) -> None:
        """Of these names, the jobs are what is to be looked at from now on; the others stay as they are."""
        for name in [name for name in names if name not in jobs and name in self._jobs]:
            self._forget(name)
            del self._jobs[name], self._due[name]
        for name, job in jobs.items():
            if self._jobs.get(name) != job:
                self._forget(name)
                self._jobs[name], self._due[name] = job, now

    def _forget(self, name: Name) -> None:
        self._failures.pop(name, None)
        self._echoes.forget({name})

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, name: object) -> bool:
        return name in self._jobs

    @property
    def names(self) -> Collection[Name]:
        """What is looked at by itself."""
        return self._jobs.keys()

    def due(self, now: float) -> frozenset[Name]:
        """What is to be looked at now."""
        return frozenset(name for name, moment in self._due.items() if moment <= now) | self._echoes.due(now)

    def next(self) -> float | None:
        """When the next is due; None where nothing is looked at by itself."""
        moments = (min(self._due.values(), default=None), self._echoes.next())
        return min((moment for moment in moments if moment is not None), default=None)

    def everything(self, now: float) -> None:
        """Make everything due."""
        self._due = dict.fromkeys(self._due, now)

    def retry(self, now: float) -> None:
        """Make what failed due: whatever it failed for may have been mended."""
        self._due.update(dict.fromkeys(self._failures, now))

    def hurry(self, names: Collection[Name], now: float) -> None:
        """Make some due, because something was pushed to them; what is not scheduled stays so."""
        self._echoes.hurry({name for name in names if name in self._due}, now)

    def looked(
        self, names: Collection[Name], failed: Collection[Name], now: float, moved: Collection[Name] = ()
    ) -> None:
        """These were looked at; some of them failed, some moved."""
        self._echoes.forget(failed)
        self._echoes.looked(names, moved, now)
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
