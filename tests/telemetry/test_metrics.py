from __future__ import annotations

import threading

import pytest

from reconciler.telemetry.metrics import MAX_VALUES, METRICS, Metrics, MetricType


def lines(metrics: Metrics, name: str) -> list[str]:
    return [line for line in metrics.exposition().decode().splitlines() if line.startswith(name)]


def test_every_metric_of_the_table_is_scraped_under_its_name() -> None:
    metrics = Metrics()
    for name, metric in METRICS.items():
        labels = dict.fromkeys(metric.labels, "x")
        record = metrics.add if metric.type is MetricType.COUNTER else metrics.put
        (metrics.observe if metric.type is MetricType.HISTOGRAM else record)(name, 3, **labels)
        assert lines(metrics, name), name
        assert f"# HELP {name} {metric.help}" in metrics.exposition().decode()


def test_counters_and_gauges_have_their_values() -> None:
    metrics = Metrics()
    metrics.add("imagestream_hooks_total", receiver="hub", result="accepted")
    metrics.add("imagestream_hooks_total", 2, receiver="hub", result="accepted")
    metrics.put("imagestream_held_images", 4)
    metrics.put_all("imagestream_problems", {"NotFound": 7, "Held": 1})
    metrics.put_all("imagestream_problems", {"NotFound": 8})
    assert lines(metrics, "imagestream_hooks_total") == [
        'imagestream_hooks_total{receiver="hub",result="accepted"} 3.0'
    ]
    assert lines(metrics, "imagestream_held_images") == ["imagestream_held_images 4.0"]
    assert lines(metrics, "imagestream_problems") == ['imagestream_problems{reason="NotFound"} 8.0']


def test_two_metrics_objects_are_independent() -> None:
    one, other = Metrics(), Metrics()
    one.put("imagestream_held_images", 4)
    assert lines(other, "imagestream_held_images") == ["imagestream_held_images 0.0"]


def test_hosts_beyond_the_bound_are_counted_together() -> None:
    metrics = Metrics()
    for number in range(MAX_VALUES + 50):
        metrics.add("imagestream_registry_questions_total", host=f"r{number}.example", result="ok")
    found = lines(metrics, "imagestream_registry_questions_total")
    assert len(found) == MAX_VALUES + 1
    assert 'imagestream_registry_questions_total{host="other",result="ok"} 50.0' in found


def test_wrong_labels_are_a_bug() -> None:
    with pytest.raises(ValueError, match="has the labels"):
        Metrics().add("imagestream_hooks_total", receiver="hub")


def test_many_threads_count_everything() -> None:
    metrics = Metrics()

    def count() -> None:
        for _ in range(200):
            metrics.add("imagestream_push_retries_total")

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lines(metrics, "imagestream_push_retries_total") == ["imagestream_push_retries_total 1600.0"]
