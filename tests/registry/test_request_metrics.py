"""Counted requests: each one that was sent, by host and status, and the remaining ones."""

from __future__ import annotations

import pytest

from reconciler.model.config import Installation
from reconciler.model.host import Host
from reconciler.model.observation import Failure, Question, Reason
from reconciler.registry.client import RegistryClient
from reconciler.registry.credentials.credential import Credentials
from reconciler.registry.request_metrics import RequestMetrics
from reconciler.telemetry.metrics import Metrics
from reconciler.transport.session import Transport
from tests.kit.clock import FakeClock
from tests.kit.faults import Break, FaultServer, Reply, Route
from tests.registry.scripted import IMAGE, REPOSITORY, TAGGED, about, manifest

KNOWN = frozenset({IMAGE.digest})


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def counted(metrics: Metrics, name: str) -> dict[str, float]:
    """Labels to value."""
    lines = metrics.exposition().decode().splitlines()
    found = (line.rpartition(" ") for line in lines if line.startswith(f"{name}{{"))
    return {labels.removeprefix(name): float(value) for labels, _, value in found}


def look_up(metrics: Metrics, routes: dict[str, Route], times: int = 1) -> tuple[str, list[object]]:
    clock = FakeClock()
    with FaultServer(routes) as server, Transport(clock=clock) as transport:
        client = RegistryClient(transport, Credentials(), Installation(), clock, metrics=RequestMetrics(metrics))
        answers = [client.resolve(about(server), known=KNOWN) for _ in range(times)]
        return server.address, list(answers)


def test_every_request_is_counted_by_host_and_status(metrics: Metrics) -> None:
    routes: dict[str, Route] = {f"HEAD {TAGGED}": [Reply(503), Reply(299), manifest(IMAGE)]}
    host, _ = look_up(metrics, routes, times=2)
    assert counted(metrics, "imagestream_registry_requests_total") == {
        f'{{code="503",host="{host}"}}': 1,
        f'{{code="2xx",host="{host}"}}': 1,
        f'{{code="404",host="{host}"}}': 1,
        f'{{code="200",host="{host}"}}': 1,
    }


def test_a_request_without_an_answer_is_counted_and_one_that_was_not_sent_is_not(metrics: Metrics) -> None:
    host, answers = look_up(metrics, {"*": Break(reset=True)}, times=3)
    assert all(isinstance(answer, Failure) and answer.reason is Reason.UNREACHABLE for answer in answers)
    assert counted(metrics, "imagestream_registry_requests_total") == {f'{{code="none",host="{host}"}}': 4}, (
        "three tries, one over TLS, and the host is given up"
    )


def test_the_remaining_requests_are_a_metric(metrics: Metrics) -> None:
    left = [manifest(IMAGE, ratelimit_remaining=f"{number};w=21600") for number in (87, 86)]
    host, _ = look_up(metrics, {f"HEAD {TAGGED}": [*left, manifest(IMAGE)]}, times=3)
    assert counted(metrics, "imagestream_registry_remaining_requests") == {f'{{host="{host}"}}': 86}


def test_hosts_that_the_branch_chooses_do_not_grow_without_bound(metrics: Metrics) -> None:
    clock = FakeClock()
    with Transport(clock=clock, connect_timeout=0.01) as transport:
        client = RegistryClient(transport, Credentials(), Installation(), clock, metrics=RequestMetrics(metrics))
        for number in range(150):
            client.resolve(Question(Host(f"127.0.0.1:{number + 1}"), REPOSITORY, "1"))
    assert len(counted(metrics, "imagestream_registry_requests_total")) == 101
