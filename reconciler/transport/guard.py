"""Guards: where a remote may send us by a redirect or a token realm.

The rules are those of go-containerregistry. A redirect from https to http is refused. So is a literal private, loopback
or link-local address, unless it is the registry's own or the installation allows it. A token request over plain http to
another machine is refused, unless the registry is declared insecure. The address that a name resolves to is checked
when the connection is made (`reach`); here only the text is checked, which is all that a proxy gets.
"""

from __future__ import annotations

import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from reconciler.errors import RemoteError
from reconciler.model.host import Host
from reconciler.transport.message import Origin
from reconciler.transport.reach import ANYWHERE, Reach, Zone, is_in_networks, networks_of

_AMAZON = IPv6Network("fd00:ec2::/32")


def check_redirect(url: str, *, previous: str, registry: str, allowed: Collection[str] = ()) -> None:
    """Refuse a redirect from `previous` to `url` with a `RemoteError`; the registry's own host name is allowed."""
    source, home = Origin.of(previous), Origin.of(registry)
    target = _target(url, "redirects to", source)
    if source.scheme == "https" and target.scheme == "http":
        raise _refused(source, f"redirects from https to http at {target.name}")
    if target.host != home.host:
        _check_private(target, "redirects to", source, allowed)


def check_realm(url: str, *, registry: str, allowed: Collection[str] = (), insecure: bool = False) -> None:
    """Refuse a token realm with a `RemoteError`; the only allowed private one is the registry's own host and port.

    `insecure` means that the registry is declared so. A registry on this machine that is called over plain http without
    that declaration may only name a realm on this machine.
    """
    home = Origin.of(registry)
    target = _target(url, "sends for a token to", home)
    if home.scheme == "https" and target.scheme == "http":
        raise _refused(home, f"sends for a token from https to http at {target.name}")
    stays = target.host == home.host or is_loopback(target.host)
    if target.scheme == "http" and not (stays or insecure):
        advice = f"Declare {home.name} insecure if it is correct."
        raise _refused(home, f"sends for a token over plain http to {target.name}", advice)
    if (target.host, target.port) != (home.host, home.port):
        _check_private(target, "sends for a token to", home, allowed)


def is_private(host: str) -> bool:
    """Whether the host is localhost, or an address that is not public, in any spelling that the resolver accepts."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _literal(name)
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address.sixtofour or address
    return address is not None and (not address.is_global or address.is_multicast)


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: localhost, 127.0.0.0/8 or ::1, without a port."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_on_link(host: str) -> bool:
    """Whether the host is this machine or on its link-local network, where clouds have their metadata servers.

    Amazon also has addresses of its own (fd00:ec2::/32), which only its machines reach.
    """
    if is_loopback(host):
        return True
    try:
        address = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return address.is_link_local or address in _AMAZON


def _literal(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name.partition("%")[0])
    except ValueError:
        pass
    try:  # the resolver also accepts 127.1, 0x7f000001 and 2130706433
        return IPv4Address(socket.inet_aton(name))
    except (OSError, ValueError):
        return None


def _target(url: str, verb: str, source: Origin) -> Origin:
    try:
        target = Origin.of(url)
        has_user = "@" in urlsplit(url).netloc
    except RemoteError as error:
        raise _refused(source, f"{verb} an address that is not an http or https URL") from error
    if has_user:
        raise _refused(source, f"{verb} an address with a user name in it")
    return target


def _check_private(target: Origin, verb: str, source: Origin, allowed: Collection[str]) -> None:
    if is_private(target.host) and not is_allowed(target, allowed):
        raise _refused(
            source, f"{verb} the private address {target.name}", "Allow it with allowPrivate if it is correct."
        )


def reach_elsewhere(origin: Origin, allowed: Collection[str], advice: str) -> Reach:
    """The addresses of a host that the branch or a remote chose: public ones, and what the installation allows."""
    if {origin.host, origin.name, f"{origin.host}:{origin.port}"} & set(allowed):
        return ANYWHERE
    return Reach(frozenset({Zone.PUBLIC}), networks_of(allowed), advice)


def is_allowed(target: Origin, allowed: Collection[str]) -> bool:
    """Whether `allowPrivate` names the host, its port, or a network that has the address."""
    if {target.host, target.name, f"{target.host}:{target.port}"} & set(allowed):
        return True
    address = Host.of(f"[{target.host}]" if ":" in target.host else target.host)
    return address is not None and not address.is_odd and is_in_networks(target.host, networks_of(allowed))


def _refused(source: Origin, what: str, advice: str = "") -> RemoteError:
    text = f"{source.name} {what}, which is refused."
    return RemoteError(f"{text} {advice}".rstrip(), host=source.name)
