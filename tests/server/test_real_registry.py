"""A real registry posts its own events, and goes on after an event without a hint."""

from __future__ import annotations

import http.client
from contextlib import closing

from reconciler.model.hint import Hint
from reconciler.model.host import Host
from tests.kit.images import Pusher
from tests.kit.loop import until
from tests.kit.real_registry import Notify, RealRegistry
from tests.server.conftest import SECRET, Site


def arrived(site: Site, number: int) -> list[Hint]:
    """The hints, when there are so many."""
    until(lambda: len(site.hints) >= number)
    return site.hints


def test_pushes_to_a_real_registry_give_hints_and_pulls_give_none(site: Site) -> None:
    url = f"http://{site.address}/hooks/registry/distribution"
    with RealRegistry(notify=Notify(url, f"Bearer {SECRET}")) as registry:
        pusher = Pusher(registry.address)
        pusher.image("team-a/app", "1.0")
        _pull(registry.address, "/v2/team-a/app/manifests/1.0")
        pusher.index("team-a/app", "2.0", ["linux/amd64", "linux/arm64"])
        found = arrived(site, 2)
    assert found == [
        Hint(Host(registry.address), "team-a/app", "1.0"),
        Hint(Host(registry.address), "team-a/app", "2.0"),
    ]


def _pull(address: str, path: str) -> None:
    with closing(http.client.HTTPConnection(address, timeout=20)) as connection:
        connection.request("GET", path, headers={"Accept": "application/vnd.oci.image.manifest.v1+json"})
        answer = connection.getresponse()
        answer.read()
    assert answer.status == 200
