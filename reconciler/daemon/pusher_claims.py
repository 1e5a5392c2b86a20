"""PusherClaims that are kept: who is said to have pushed, until a pass has recorded it or some seconds have gone by.

A registry may tell of a push before it moves the tag, so the look that an event causes can come too early, and a later
one finds the image. Longer than that no name is kept: it would be given to what somebody else pushed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from reconciler.model.change import Change
from reconciler.model.hint import PusherClaims, joined, key_of

LIFE: Final = 10.0
"""Seconds after its event in which a claim is believed."""


class PendingClaims:
    """The claims of one loop. One thread uses it; times are monotonic seconds that the caller gives."""

    def __init__(self) -> None:
        self._claims: PusherClaims = {}
        self._until: dict[tuple[str, str, str], float] = {}

    def hear(self, claims: PusherClaims, now: float) -> None:
        """Events came in that name somebody, or nobody."""
        self._claims = joined(self.standing(now), claims)
        self._until.update((key, now + LIFE) for key in claims)
        self._until = {key: self._until[key] for key in self._claims}

    def standing(self, now: float) -> PusherClaims:
        """What is believed now."""
        return {key: pusher for key, pusher in self._claims.items() if now < self._until[key]}

    def used(self, changes: Iterable[Change]) -> None:
        """These are recorded: what is pushed to their sources from now on is another push."""
        sources = (key_of(change.source.name) for change in changes if change.source is not None)
        gone = {key for key in sources if key is not None}
        self._claims = {key: pusher for key, pusher in self._claims.items() if key not in gone}
