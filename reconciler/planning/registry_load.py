"""The load of one registry: what the scheduled tags cost there, compared with its limit, and the warning about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from reconciler.model.config import RequestLimit
from reconciler.model.finding import Position
from reconciler.model.phrase import plural
from reconciler.model.stream import INTERVAL_ANNOTATION

_PULLS: Mapping[str, RequestLimit] = {"docker.io": RequestLimit(100, 6 * 3600)}
"""How many manifests a host gives without an account."""
_UNITS = ((3600, "h"), (60, "m"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Load:
    """The requests of the scheduled tags to one registry, or of one prefix of it."""

    registry: str
    """A host, or the prefix of an Installation rule with a limit of its own."""
    questions: int
    """Distinct images that are looked up without a comparison."""
    compared: int
    """Images whose build times are compared."""
    counted: bool
    """Whether those were counted; else their number is an upper limit."""
    lists: int
    """Distinct repositories whose tags are listed."""
    requests: Fraction
    """Requests a second, on average."""
    pulls: Fraction
    """Manifests that are fetched a second, on average, if each pass is a process of its own."""
    limit: RequestLimit | None
    """None if no limit is known."""
    stated: bool
    """Whether the installation states the limit."""
    first: Position
    """The place of the first spec tag that needs it."""

    @property
    def needed(self) -> int:
        """Requests in the period of the limit."""
        return math.ceil(self.requests * (self.limit.window if self.limit else 1))

    @property
    def exceeds(self) -> bool:
        """Whether that is more than the registry allows."""
        return self._requests_too_often or self._pulls_too_often

    @property
    def warning(self) -> str:
        """A sentence or two for a person, and what to do."""
        if self._requests_too_often and self.limit is not None:
            return self._request_warning(self.limit)
        if self._pulls_too_often:
            return self._pull_warning(_PULLS[self.registry])
        raise ValueError("only a load that exceeds a limit has a warning")

    @property
    def _requests_too_often(self) -> bool:
        return self.limit is not None and self.needed > self.limit.requests

    @property
    def _pulls_too_often(self) -> bool:
        allowed = None if self.stated else _PULLS.get(self.registry)
        return allowed is not None and self.pulls * allowed.window > allowed.requests

    def _request_warning(self, limit: RequestLimit) -> str:
        images, lists = plural(self.questions, "image"), f"{plural(self.lists, 'list')} of tags"
        times = f"the build times of {self._most}{plural(self.compared, 'image')}"
        kinds = ((self.questions, images), (self.lists, lists), (self.compared, times))
        what = " and ".join(text for number, text in kinds if number)
        whose = "the installation's requestLimit says" if self.stated else "it is known to take"
        return (
            f"{self.registry} would be asked {self._most}{self.needed} times in {_duration(limit.window)} for {what}, "
            f"more than the {limit.requests} that {whose}. "
            f"Raise schedule.interval or {INTERVAL_ANNOTATION}, or schedule less."
        )

    def _pull_warning(self, allowed: RequestLimit) -> str:
        pulls, images = math.ceil(self.pulls * allowed.window), plural(self.compared, "image")
        return (
            f"{self.registry} would count {self._most}{pulls} pulls in {_duration(allowed.window)}, more than the "
            f"{allowed.requests} that it gives without an account: newest fetches a manifest for each of "
            f"{self._most}{images} in every new process. Narrow it with match and exclude, "
            f"raise {INTERVAL_ANNOTATION}, or use `imagestream run`, which fetches each once."
        )

    @property
    def _most(self) -> str:
        return "" if self.counted else "up to "


def _duration(time: int) -> str:
    size, unit = next((size, unit) for size, unit in _UNITS if time % size == 0)
    return f"{time // size}{unit}"
