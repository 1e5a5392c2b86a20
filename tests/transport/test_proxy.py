"""Proxies from the environment, against a small real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.errors import RemoteError, UnavailableError
from reconciler.transport.certificate import MachineCertificates
from reconciler.transport.message import HttpRequest, HttpResponse, Origin, Trust
from reconciler.transport.reach import ANYWHERE
from reconciler.transport.session import Transport, _Channel
from tests.kit.authority import Authority
from tests.kit.faults import FaultServer, Reply
from tests.kit.proxy import ConnectProxy

NAME = "registry.invalid"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def registry(authority: Authority) -> Iterator[FaultServer]:
    with FaultServer({"*": Reply(200, {}, b"safe")}, tls=authority.issue("server", NAME).server()) as running:
        yield running


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def fetch(authority: Authority, url: str = f"https://{NAME}/v2/") -> HttpResponse:
    with Transport() as transport:
        trust = Trust(ca_file=str(authority.root.certificate))
        return transport.send(
            HttpRequest("GET", url, {"Authorization": "Bearer secret"}), reach=ANYWHERE, limit=100, trust=trust
        )


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY"])
def test_a_registry_is_reached_through_a_tunnel_that_sees_nothing(
    registry: FaultServer, authority: Authority, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with ConnectProxy(registry.address) as proxy:
        monkeypatch.setenv(variable, f"http://{proxy.address}")
        assert fetch(authority).body == b"safe"
    assert proxy.tunnels == [f"{NAME}:443"]
    assert "secret" not in proxy.heads[0]
    assert registry.requests[0].headers["authorization"] == "Bearer secret"


def test_the_proxys_password_is_sent_to_the_proxy_alone(
    registry: FaultServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ConnectProxy(registry.address, login="proxy:pw") as proxy:
        monkeypatch.setenv("https_proxy", f"http://proxy:pw@{proxy.address}")
        assert fetch(authority).body == b"safe"
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        with pytest.raises(UnavailableError) as caught:
            fetch(authority)
    assert str(caught.value) == f"{NAME} cannot be reached through the proxy."
    assert [name for name in registry.requests[0].headers if name.startswith("proxy-")] == []


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize("value", [NAME, "invalid", ".invalid", "*"])
def test_hosts_in_no_proxy_are_reached_without_it(
    registry: FaultServer, authority: Authority, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    with ConnectProxy(registry.address) as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        monkeypatch.setenv(variable, value)
        with pytest.raises(RemoteError, match="is not known to the name service"):
            fetch(authority)
    assert proxy.heads == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached_without(
    registry: FaultServer, authority: Authority, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    port = registry.address.partition(":")[2]
    with ConnectProxy(registry.address) as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        assert fetch(authority, f"https://{host}:{port}/").body == b"safe"
    assert proxy.heads == []


@pytest.mark.parametrize("host", ["169.254.169.254", "169.254.170.23", "[fd00:ec2::254]"])
def test_a_metadata_server_is_never_called_through_a_proxy(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert _Channel(Origin.of(f"http://{host}/"), Trust(), MachineCertificates()).proxies == {}
    assert _Channel(Origin.of("http://10.0.0.1/"), Trust(), MachineCertificates()).proxies != {}


def test_a_certificate_behind_a_tunnel_is_checked(
    registry: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with ConnectProxy(registry.address) as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        with pytest.raises(UnavailableError, match="has a certificate that is not trusted"):
            fetch(Authority(tmp_path, "other"))
    assert registry.requests == []
