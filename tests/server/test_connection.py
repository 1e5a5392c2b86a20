"""The address or network that a connection counts for."""

from __future__ import annotations

import pytest

from reconciler.server.http.connection import address_of


@pytest.mark.parametrize(
    ("client", "address"),
    [
        (("192.0.2.1", 5), "192.0.2.1"),
        (("::ffff:192.0.2.1", 5), "192.0.2.1"),
        (("2001:db8:1:2:3:4:5:6", 5), "2001:db8:1:2::"),
        (("2001:db8:1:2::9", 5), "2001:db8:1:2::"),
        (("fe80::1%eth0", 5), "fe80::"),
        (("a socket", 5), "a socket"),
        (None, None),
    ],
)
def test_a_connection_counts_for_its_address_or_network(client: tuple[str, int] | None, address: str | None) -> None:
    assert address_of(client) == address
