"""The problem log: a problem is logged when it appears and when it is over, not at every pass in between."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Final

_LOG: Final = logging.getLogger("imagestream")


class ProblemLog:
    """The problems that were logged and are not over, by topic. One thread uses it."""

    def __init__(self) -> None:
        self._current: dict[str, frozenset[str]] = {}

    def update(self, topic: str, texts: Collection[str]) -> None:
        """These are the problems of a topic now; its earlier problems that are not among them are over."""
        now, before = frozenset(texts), self._current.get(topic, frozenset())
        for text in sorted(now - before):
            _LOG.warning("%s", text)
        for text in sorted(before - now):
            _LOG.info("no longer: %s", text)
        self._current[topic] = now
