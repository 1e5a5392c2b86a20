"""Hosts: the one canonical name by which everything about a registry is found.

People, files and remotes write one host in many ways. Rules, credentials, blocks, caches and limits are found by its
canonical form, which only `Host` makes:

| written                                                       | canonical       |
| ------------------------------------------------------------- | --------------- |
| `Quay.IO`, `quay.io.`                                         | `quay.io`       |
| `quay.io:443`; on this machine, over plain HTTP, `:80`        | without a port  |
| `registry:0500`                                               | `registry:500`  |
| `index.docker.io`, `registry-1.docker.io` and others          | `docker.io`     |
| `[0:0:0:0:0:0:0:1]:5000`                                      | `[::1]:5000`    |

IPv4 addresses that only a resolver reads (`127.1`, `0x7f000001`, `2130706433`) keep their text. No registry has such a
name, and the code that connects refuses it (`is_odd`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Self

from reconciler.errors import InputError

_HUB = "docker.io"
_HUB_NAMES = {_HUB, "index.docker.io", "registry-1.docker.io", "registry.docker.io", "registry.hub.docker.com"}
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*", re.ASCII)
# What inet_aton(3) takes besides four decimal numbers: fewer parts, octal, hex.
_RESOLVED = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}", re.ASCII)
_MAX_NAME = 253
_MAX_PORT = 65535
_HTTPS, _HTTP = 443, 80


class HostError(InputError):
    """A text that is not the name of a host."""


class Host(str):
    """A host with its port, canonical: `Host("Quay.IO:443") == "quay.io"`. Raises `HostError`."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """The canonical form of a written host."""
        return super().__new__(cls, _canonical(text))

    @classmethod
    def of(cls, text: str) -> Self | None:
        """The host, or None if the text is not one: a key of a file may be any text."""
        try:
            return cls(text)
        except HostError:
            return None

    @property
    def name(self) -> str:
        """Without the port; IPv6 without brackets."""
        return _split(self)[0]

    @property
    def is_odd(self) -> bool:
        """Whether it is an address in a spelling that only a resolver reads, or an IPv4 address written as IPv6."""
        return _is_odd(self.name)

    @property
    def spellings(self) -> tuple[str, ...]:
        """The names by which rules for it are found: its own first, then without port 80, then those of Docker Hub."""
        names = sorted(_HUB_NAMES) if self == _HUB else ()
        return tuple(dict.fromkeys((self, self.without_http, *names)))

    @property
    def without_http(self) -> Host:
        """The host without the port of plain HTTP: a rule for a host is also for that port."""
        name, port = _split(self)
        return Host(name) if port == _HTTP and ":" not in name else self


@dataclass(frozen=True, slots=True)
class Prefix:
    """`HOST[:PORT][/PATH]`, or `*.DOMAIN[:PORT][/PATH]` for every host below a domain."""

    host: Host
    path: str
    below: bool
    """Whether the prefix means the hosts below `host`, and not `host` itself."""

    @classmethod
    def parse(cls, text: str) -> Prefix:
        """Parse a prefix; raises `HostError`."""
        return _prefix(text)

    def fits(self, host: Host, repository: str) -> bool:
        """Whether the prefix fits a repository; only whole path components count."""
        return self._fits_host(host) and f"{repository}/".startswith(f"{self.path}/" if self.path else "")

    def _fits_host(self, host: Host) -> bool:
        names = host.spellings
        return any(name.endswith(f".{self.host}") for name in names) if self.below else self.host in names

    def rank(self, host: Host) -> tuple[bool, int, int]:
        """How specific the prefix is for a host; of several that fit, the greatest rank wins."""
        return not self.below and self.host == host, len(self.path), len(self.host)


@lru_cache(maxsize=1024)
def _prefix(text: str) -> Prefix:
    host, _, path = text.rstrip("/").partition("/")
    below = host.startswith("*.")
    return Prefix(Host(host.removeprefix("*.")), path, below)


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str:
    name, port = _split(text.lower())
    if port is not None and not 0 < port <= _MAX_PORT:
        raise _no_host(text)
    name = _address(name) if ":" in name else _plain(name, text)
    if name in _HUB_NAMES and port in {None, _HTTPS}:
        return _HUB
    shown = f"[{name}]" if ":" in name else name
    own = _HTTP if is_loopback(name) else _HTTPS
    return shown if port in {None, own} else f"{shown}:{port}"


def _split(text: str) -> tuple[str, int | None]:
    """Name and port; an IPv6 address without its brackets."""
    name, colon, port = text.rpartition(":")
    if text.endswith("]") or not colon:
        name, colon, port = text, "", ""
    if colon and not (port.isascii() and port.isdigit() and len(port) <= len(str(_MAX_PORT)) + 1):
        raise _no_host(text)
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
        if ":" not in name:
            raise _no_host(text)
    elif ":" in name:
        raise _no_host(text)
    return name, int(port) if colon else None


def _address(name: str) -> str:
    try:
        address = IPv6Address(name)
    except ValueError as error:
        raise _no_host(name) from error
    if address.scope_id is not None:
        raise _no_host(name)
    return str(address)


def _plain(name: str, text: str) -> str:
    name = name.removesuffix(".")
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise _no_host(text)
    return name


def _no_host(text: str) -> HostError:
    return HostError(f"{text[:_MAX_NAME]!r} is not a host name. Write HOST or HOST:PORT.")


def is_loopback(name: str) -> bool:
    """Whether a canonical name without a port is this machine's by its text: localhost, 127.0.0.0/8 or ::1."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _is_odd(name: str) -> bool:
    try:
        address = ip_address(name)
    except ValueError:
        return _RESOLVED.fullmatch(name) is not None
    return isinstance(address, IPv6Address) and address.ipv4_mapped is not None


DEFAULT_HOST = Host(_HUB)
