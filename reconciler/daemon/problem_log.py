"""The problem log: a problem is logged when it appears and when it is over, not at every pass in between."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Final

_LOG: Final = logging.getLogger("imagestream")


class ProblemLog:
    """What was said and still stands, by what it is about. One thread uses it."""

    def __init__(self) -> None:
        self._standing: dict[str, frozenset[str]] = {}

    def stand(self, about: str, texts: Collection[str]) -> None:
        """These are what is wrong now; what was said of the same matter before and is not among them is over."""
        now, before = frozenset(texts), self._standing.get(about, frozenset())
        for text in sorted(now - before):
            _LOG.warning("%s", text)
        for text in sorted(before - now):
            _LOG.info("no longer: %s", text)
        self._standing[about] = now
