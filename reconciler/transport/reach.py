"""Reach: the addresses that a connection may be made to.

A name is resolved once, its addresses are checked, and the connection is made to a checked address. A name that changes
its address in between gains nothing. TLS, SNI and `Host` keep the name. Behind a proxy, the proxy resolves the name.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from reconciler.errors import RemoteError

Address = IPv4Address | IPv6Address
_NAT64 = IPv6Network("64:ff9b::/96")
# Metadata servers of clouds that are not on the link: Amazon's IPv6, Azure, Alibaba, Oracle.
_METADATA = tuple(map(ip_network, ("fd00:ec2::/32", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32")))
_THIS_NETWORK = ip_network("0.0.0.0/8")


class Zone(StrEnum):
    """The kind of an address, as a message calls it."""

    PUBLIC = "public"
    PRIVATE = "private"
    LOOPBACK = "loopback"
    LINK = "link-local"
    UNSPECIFIED = "unspecified"


class RefusedAddressError(RemoteError):
    """A host has only addresses that are not allowed; no connection was made."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The addresses that may be connected to."""

    zones: frozenset[Zone]
    networks: tuple[str, ...] = ()
    """Addresses and networks that are also allowed."""
    advice: str = ""
    """Advice for the message if an address is refused."""

    def allows(self, address: Address) -> bool:
        """Whether a connection may be made to an address."""
        return zone_of(address) in self.zones or any(_is_in(_plain(address), each) for each in self.networks)

    def addresses(self, host: str, port: int) -> Iterator[str]:
        """The addresses of a name that may be connected to, at least one.

        Raises `RefusedAddressError` if there is none, and `socket.gaierror` if the name is not known.
        """
        found = dict.fromkeys(
            ip_address(str(each[4][0]).partition("%")[0])
            for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        allowed = [str(address) for address in found if self.allows(address)]
        if not allowed and found:
            raise self._refused(host, next(iter(found)))
        yield from allowed

    def _refused(self, host: str, address: Address) -> RefusedAddressError:
        text = f"{host} is at the {zone_of(address)} address {address}, which is refused."
        return RefusedAddressError(f"{text} {self.advice}".rstrip(), host=host)


ANYWHERE = Reach(frozenset(Zone))
CURRENT_REACH: ContextVar[Reach] = ContextVar("reach")
"""The addresses that the current request of this thread may reach."""


def zone_of(address: Address) -> Zone:
    """The kind of an address; an IPv4 address wrapped in IPv6 has the kind of the IPv4 address."""
    address = _plain(address)
    if address.is_unspecified or address.is_multicast or _is_in(address, str(_THIS_NETWORK)):
        return Zone.UNSPECIFIED
    if address.is_loopback:
        return Zone.LOOPBACK
    if address.is_link_local or any(_is_in(address, str(each)) for each in _METADATA):
        return Zone.LINK
    return Zone.PUBLIC if address.is_global else Zone.PRIVATE


def _plain(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_in(address: Address, network: str) -> bool:
    try:
        found = ip_network(network, strict=False)
    except ValueError:
        return False
    return address.version == found.version and address in found


def is_in_networks(text: str, networks: Collection[str]) -> bool:
    """Whether a text is an address of one of the networks."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(_is_in(address, each) for each in networks)


def networks_of(allowed: Collection[str]) -> tuple[str, ...]:
    """The entries of `allowPrivate` that are addresses or networks."""

    def is_network(text: str) -> bool:
        try:
            ip_network(text, strict=False)
        except ValueError:
            return False
        return True

    return tuple(each.strip("[]") for each in allowed if is_network(each.strip("[]")))
