import socket
from ipaddress import ip_address
from pathlib import Path

import pytest

from reconciler.transport.message import HttpRequest, Trust
from reconciler.transport.reach import ANYWHERE, Reach, RefusedAddressError, Zone, networks_of, zone_of
from reconciler.transport.session import Transport
from tests.kit.authority import Authority
from tests.kit.faults import FaultServer, Reply

PUBLIC = Reach(frozenset({Zone.PUBLIC}), advice="Allow it with allowPrivate if it is correct.")


@pytest.mark.parametrize(
    ("address", "zone"),
    [
        ("8.8.8.8", Zone.PUBLIC),
        ("2606:4700::1", Zone.PUBLIC),
        ("10.0.0.1", Zone.PRIVATE),
        ("100.64.0.1", Zone.PRIVATE),
        ("fd00::1", Zone.PRIVATE),
        ("127.9.9.9", Zone.LOOPBACK),
        ("::1", Zone.LOOPBACK),
        ("::ffff:127.0.0.1", Zone.LOOPBACK),
        ("64:ff9b::7f00:1", Zone.LOOPBACK),
        ("2002:7f00:1::", Zone.LOOPBACK),
        ("169.254.169.254", Zone.LINK),
        ("::ffff:169.254.169.254", Zone.LINK),
        ("fe80::1", Zone.LINK),
        ("fd00:ec2::254", Zone.LINK),
        ("168.63.129.16", Zone.LINK),
        ("100.100.100.200", Zone.LINK),
        ("0.0.0.0", Zone.UNSPECIFIED),  # noqa: S104 - judged, not bound
        ("0.1.2.3", Zone.UNSPECIFIED),
        ("::", Zone.UNSPECIFIED),
        ("224.0.0.1", Zone.UNSPECIFIED),
        ("ff02::1", Zone.UNSPECIFIED),
    ],
)
def test_an_address_is_of_one_kind_whatever_it_is_wrapped_in(address: str, zone: Zone) -> None:
    assert zone_of(ip_address(address)) is zone


def test_an_address_or_a_network_may_be_allowed_by_itself() -> None:
    networks = networks_of(["10.1.0.0/16", "[fd00::1]", "ci.internal", "127.0.0.1"])
    reach = Reach(frozenset({Zone.PUBLIC}), networks)
    allowed = ["10.1.2.3", "fd00::1", "127.0.0.1", "::ffff:10.1.2.3"]
    assert [reach.allows(ip_address(each)) for each in allowed] == [True] * 4
    assert not any(reach.allows(ip_address(each)) for each in ("10.2.0.1", "127.0.0.2", "fd00::2"))


def test_a_name_is_judged_by_the_address_it_leads_to_and_no_connection_is_made() -> None:
    with FaultServer({"*": Reply(200)}) as server, Transport() as transport:
        url = f"http://localhost:{server.address.rpartition(':')[2]}/"
        with pytest.raises(RefusedAddressError) as caught:
            transport.send(HttpRequest("GET", url), limit=100, reach=PUBLIC)
        assert transport.send(HttpRequest("GET", url), limit=100, reach=ANYWHERE).status == 200
        with pytest.raises(RefusedAddressError):
            transport.send(HttpRequest("GET", url), limit=100, reach=PUBLIC)
    first = socket.getaddrinfo("localhost", 80)[0][4][0]
    assert str(caught.value) == (
        f"localhost is at the loopback address {first}, which is refused. Allow it with allowPrivate if it is correct."
    )
    assert server.connections == 1, "a connection that one may have is not lent to another"


def test_an_open_a_closed_and_a_silent_port_give_the_same_message() -> None:
    with FaultServer({"*": Reply(200)}) as server, Transport() as transport:
        messages = set()
        for port in (int(server.address.rpartition(":")[2]), 1):
            with pytest.raises(RefusedAddressError) as caught:
                transport.send(HttpRequest("GET", f"http://127.0.0.1:{port}/"), limit=100, reach=PUBLIC)
            messages.add(str(caught.value))
    assert len(messages) == 1
    assert server.connections == 0


def test_tls_and_the_host_header_keep_the_name(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with FaultServer({"*": Reply(200)}, tls=authority.issue("server").server()) as server, Transport() as transport:
        port = server.address.rpartition(":")[2]
        trust = Trust(ca_file=str(authority.root.certificate))
        url = f"https://localhost:{port}/"
        assert transport.send(HttpRequest("GET", url), limit=100, reach=ANYWHERE, trust=trust).status == 200
    assert server.requests[0].headers["host"] == f"localhost:{port}"
