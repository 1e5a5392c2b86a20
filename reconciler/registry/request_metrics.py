"""Request metrics: how many requests went to each host, and how many more a registry still allows."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Protocol

_CODES: Final = frozenset(int(status) for status in HTTPStatus)
NO_ANSWER: Final = "none"


class MetricSink(Protocol):
    """The part of `telemetry.metrics.Metrics` that is used here; commands that serve no metrics need not import it."""

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter."""

    def put(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""


@dataclass(frozen=True, slots=True)
class RequestMetrics:
    """Counts requests into the metrics that it is given; without any it does nothing; thread-safe."""

    metrics: MetricSink | None = None

    def requested(self, host: str, status: int | None) -> None:
        """Count one request by the status of its answer; None means that no answer came."""
        if self.metrics is not None:
            self.metrics.add("imagestream_registry_requests_total", host=host, code=_code(status))

    def remaining(self, host: str, count: int) -> None:
        """Set how many more requests a registry allows."""
        if self.metrics is not None:
            self.metrics.put("imagestream_registry_remaining_requests", count, host=host)


def _code(status: int | None) -> str:
    """The status as a label; an unknown status is reduced to its class, such as `5xx`."""
    if status is None:
        return NO_ANSWER
    return str(status) if status in _CODES else f"{status // 100}xx"
