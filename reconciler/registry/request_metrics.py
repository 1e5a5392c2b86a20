"""The meter: counts the requests that go to registries and where those lead, and what they say they still take."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from reconciler.telemetry.metrics import Metrics

_CODES: Final = frozenset(int(status) for status in HTTPStatus)
NO_ANSWER: Final = "none"


@dataclass(frozen=True, slots=True)
class RequestMetrics:
    """Counts for one owner of metrics, or nothing; thread-safe."""

    metrics: Metrics | None = None

    def requested(self, host: str, status: int | None) -> None:
        """One request was sent: the status it was answered with, None where there was no answer."""
        if self.metrics is not None:
            self.metrics.add("imagestream_registry_requests_total", host=host, code=_code(status))

    def remaining(self, host: str, count: int) -> None:
        """A registry said how many requests it still takes."""
        if self.metrics is not None:
            self.metrics.put("imagestream_registry_remaining_requests", count, host=host)


def _code(status: int | None) -> str:
    """The status; of one that nobody knows its class."""
    if status is None:
        return NO_ANSWER
    return str(status) if status in _CODES else f"{status // 100}xx"
