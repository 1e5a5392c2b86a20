"""Mirror upkeep: finds out whether the mirror is damaged, and lets git pack its objects now and then."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from reconciler.daemon.problem_log import ProblemLog
from reconciler.errors import ReconcilerError
from reconciler.gitstore import Repository

_LOG: Final = logging.getLogger("imagestream")
CHECK_EVERY: Final = 5.0
"""Seconds at least between two checks; a failed turn is the reason for one."""
TIDY_AFTER: Final = 50
"""Passes after which git may pack the mirror's objects; git itself decides whether there are enough of them."""


class MirrorUpkeep:
    """The upkeep of one mirror. One thread uses it; times are monotonic seconds that the caller gives."""

    def __init__(self, make_mirror: Callable[[], None], log: ProblemLog) -> None:
        self._make_mirror = make_mirror
        self._log = log
        self._checked = float("-inf")
        self._passes = 0

    def repair(self, repository: Repository, now: float) -> bool:
        """Check the mirror after a failure; the result is whether it was damaged and was made again."""
        if now - self._checked < CHECK_EVERY:
            return False
        self._checked = now
        try:
            repository.unlock()
            damaged = not repository.is_whole()
            if damaged:
                self._make_mirror()
        except (ReconcilerError, OSError) as caught:
            self._log.update("mirror", {str(caught)})
            return False
        self._log.update("mirror", ())
        if damaged:
            _LOG.warning("the mirror in %s was damaged: it is made anew.", repository.path)
        return damaged

    def count_pass(self, repository: Repository) -> None:
        """A pass is over; after many of them git may pack."""
        self._passes += 1
        if self._passes >= TIDY_AFTER:
            self._passes = 0
            repository.tidy()
