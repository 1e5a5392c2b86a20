"""Metrics for Prometheus: one table of all metrics, and a bounded number of series.

A label whose values come from outside (hosts come from the branch) keeps its first `MAX_VALUES` values; later values
are counted as `other`. No label has the name of a tag or a user, or a secret.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from reconciler import __version__
from reconciler.clock import Clock, SystemClock

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
MAX_VALUES: Final = 100
"""Different values of one label of one metric."""
OTHER: Final = "other"
FRESH: Final = 1.0
"""Seconds after which the numbers of the process are read again."""
_SECONDS: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)


class MetricType(StrEnum):
    """The types of Prometheus that are used here."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table."""

    name: str
    """The name in Prometheus; that of a counter ends in `_total`."""
    type: MetricType
    labels: tuple[str, ...]
    help: str


_C, _G, _H = MetricType.COUNTER, MetricType.GAUGE, MetricType.HISTOGRAM
METRICS: Final[Mapping[str, Metric]] = {
    metric.name: metric
    for metric in (
        Metric("imagestream_build_info", _G, ("version",), "Always 1; the label is the version."),
        Metric("imagestream_passes_total", _C, ("result",), "Passes that ended: done or failed."),
        Metric("imagestream_pass_duration_seconds", _H, (), "Duration of passes."),
        Metric("imagestream_last_success_timestamp_seconds", _G, (), "Time of the last pass without an error."),
        Metric("imagestream_scheduled", _G, (), "Tags and streams that are looked up on a schedule."),
        Metric("imagestream_istags", _G, ("state",), "Istags by state, as in `imagestream status`."),
        Metric("imagestream_held_images", _G, (), "Held images."),
        Metric("imagestream_changes_total", _C, ("change",), "Changes committed: move, rewrite, hold and so on."),
        Metric("imagestream_problems", _G, ("reason",), "Known problems by reason."),
        Metric("imagestream_registry_questions_total", _C, ("host", "result"), "Questions to registries by result."),
        Metric("imagestream_registry_requests_total", _C, ("host", "code"), "Requests by HTTP status, or `none`."),
        Metric(
            "imagestream_registry_remaining_requests",
            _G,
            ("host",),
            "Requests that a registry still accepts, by its last answer.",
        ),
        Metric("imagestream_pushes_total", _C, ("result",), "Pushes to the remote: done or failed."),
        Metric(
            "imagestream_push_retries_total", _C, (), "Passes that were planned again because the remote had moved."
        ),
        Metric("imagestream_notifications_total", _C, ("sink", "result"), "Notifications sent to sinks, by result."),
        Metric(
            "imagestream_sink_behind_seconds",
            _G,
            ("sink",),
            "Time since the first change that a sink was not told of yet; 0 if it was told of all.",
        ),
        Metric("imagestream_hooks_total", _C, ("receiver", "result"), "Webhooks by receiver and result."),
        Metric("imagestream_hints_total", _C, ("receiver",), "Hints in webhooks."),
    )
}
"""The metrics of this program; those of the process (`process_…`) come in addition."""


class Metrics:
    """The metrics of one process; thread-safe."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._registry = CollectorRegistry()
        self._values: dict[tuple[str, str], set[str]] = {}
        self._shown: dict[str, frozenset[str]] = {}
        self._lock = threading.Lock()
        self._changes = 0
        self._exposed = (-1, 0.0, b"")
        """The last exposition: the number of changes before it, its time, and its text."""
        self._counters = {each.name: self._counter(each) for each in METRICS.values() if each.type is _C}
        self._gauges = {each.name: self._gauge(each) for each in METRICS.values() if each.type is _G}
        self._histograms = {each.name: self._histogram(each) for each in METRICS.values() if each.type is _H}
        ProcessCollector(registry=self._registry)
        self.put("imagestream_build_info", 1, version=__version__)

    def add(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add to a counter of the table; `labels` are all of its labels."""
        counter, bounded = self._counters[name], self._bounded(name, labels)
        (counter.labels(**bounded) if bounded else counter).inc(amount)
        self._changes += 1

    def put(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge of the table; `labels` are all of its labels."""
        gauge, bounded = self._gauges[name], self._bounded(name, labels)
        (gauge.labels(**bounded) if bounded else gauge).set(value)
        self._changes += 1

    def put_all(self, name: str, values: Mapping[str, float]) -> None:
        """Set a gauge with one label to these values, by the label; all other values of the label are removed."""
        (label,) = METRICS[name].labels
        for each, value in values.items():
            self.put(name, value, **{label: each})
        with self._lock:
            gone = self._shown.get(name, frozenset()) - values.keys()
            self._shown[name] = frozenset(values)
        for each in gone:  # after the others, so that no reader sees an empty gauge in between
            self._gauges[name].remove(each)
            self._changes += 1

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Add a duration to a histogram of the table."""
        histogram, bounded = self._histograms[name], self._bounded(name, labels)
        (histogram.labels(**bounded) if bounded else histogram).observe(seconds)
        self._changes += 1

    def exposition(self) -> bytes:
        """All metrics in the text format of Prometheus, `CONTENT_TYPE`.

        An unchanged text is used again for a second, so that many requests cost little.
        """
        changes, (known, at, text) = self._changes, self._exposed
        now = self._clock.monotonic()
        if changes != known or now - at >= FRESH:
            text = generate_latest(self._registry)
            self._exposed = (changes, now, text)
        return text

    def _bounded(self, name: str, labels: Mapping[str, str]) -> dict[str, str]:
        if tuple(sorted(labels)) != tuple(sorted(METRICS[name].labels)):
            raise ValueError(f"{name} has the labels {METRICS[name].labels}")
        return {label: self._bounded_value(name, label, value) for label, value in labels.items()}

    def _bounded_value(self, name: str, label: str, value: str) -> str:
        with self._lock:
            values = self._values.setdefault((name, label), set())
            if value in values or len(values) < MAX_VALUES:
                values.add(value)
                return value
            return OTHER

    def _counter(self, metric: Metric) -> Counter:
        return Counter(metric.name, metric.help, metric.labels, registry=self._registry)

    def _gauge(self, metric: Metric) -> Gauge:
        return Gauge(metric.name, metric.help, metric.labels, registry=self._registry)

    def _histogram(self, metric: Metric) -> Histogram:
        return Histogram(metric.name, metric.help, metric.labels, registry=self._registry, buckets=_SECONDS)
