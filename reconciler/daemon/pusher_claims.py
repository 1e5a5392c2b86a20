"""Pusher claims: who pushed a tag according to events, until a pass has recorded the push or some seconds have passed.

A registry may report a push before it moves the tag, so the lookup that an event causes can come too early, and a
later one finds the image. A name is not kept longer, because it would be given to an image that another person pushed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from reconciler.model.change import Change
from reconciler.model.hint import PusherClaims, joined, key_of

LIFE: Final = 10.0
"""Seconds after its event in which a claim is valid."""


class PendingClaims:
    """The claims of one loop. One thread uses it; times are monotonic seconds that the caller gives."""

    def __init__(self) -> None:
        self._claims: PusherClaims = {}
        self._until: dict[tuple[str, str, str], float] = {}

    def add(self, claims: PusherClaims, now: float) -> None:
        """Add the claims of events; an event without a name counts as a contradiction."""
        self._claims = joined(self.valid(now), claims)
        self._until.update((key, now + LIFE) for key in claims)
        self._until = {key: self._until[key] for key in self._claims}

    def valid(self, now: float) -> PusherClaims:
        """The claims that are not too old."""
        return {key: pusher for key, pusher in self._claims.items() if now < self._until[key]}

    def recorded(self, changes: Iterable[Change]) -> None:
        """Drop the claims that these changes used; a later event about the same tag is about another push."""
        sources = (key_of(change.source.name) for change in changes if change.source is not None)
        gone = {key for key in sources if key is not None}
        self._claims = {key: pusher for key, pusher in self._claims.items() if key not in gone}
