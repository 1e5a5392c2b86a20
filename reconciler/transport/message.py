"""Requests and responses as plain values, and the origin that a credential belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from reconciler.errors import RemoteError
from reconciler.model.host import Host, HostError

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. Its `repr` leaves out headers and body, because they carry credentials."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One answer, read to its end."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """Names in lower case; a header sent several times is joined with `, ` (RFC 9110, section 5.3)."""
    body: bytes = field(default=b"", repr=False)
    """The bytes as they came over the wire; no content coding is decoded."""
    url: str = field(default="", repr=False)
    """The URL of the request."""


@dataclass(frozen=True, slots=True)
class Trust:
    """The TLS settings of a request: which certificates are trusted and which one is sent."""

    verify: bool = True
    ca_file: str | None = None
    """Trusted certificates besides the machine's own."""
    cert_file: str | None = None
    """The client certificate to send."""
    key_file: str | None = None
    """Its key; None if it is in `cert_file`."""
    shows_certificate: bool = True
    """Whether a client certificate may be sent: like a password, it tells who we are."""
    name: Host | None = None
    """The host's name in the names of certificate folders; None for its own name."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: the unit that a credential is bound to (RFC 6454)."""

    scheme: str
    host: str
    """Lower case, without a final dot, IPv6 without brackets."""
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """The origin of an absolute URL; raises `RemoteError` if it is not one that HTTP can reach."""
        try:
            parts = urlsplit(url)
            scheme, port = parts.scheme.lower(), parts.port
            host = _canonical_name(parts)
        except (ValueError, HostError) as error:
            raise RemoteError("an address was given that is not a URL.") from error
        if scheme not in _DEFAULT_PORTS:
            raise RemoteError("an address was given that is not an http or https URL.")
        return cls(scheme, host, port or _DEFAULT_PORTS[scheme])

    @property
    def registry(self) -> Host:
        """The host's name in rules, limits and certificate folders."""
        return Host(self.name)

    @property
    def name(self) -> str:
        """`host` or `host:port`, without the scheme's default port; for messages and limits."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.name}"


def _canonical_name(parts: SplitResult) -> str:
    """The host's name for comparisons; raises `HostError` for text that another parser reads as another host."""
    name = parts.hostname or ""
    if "\\" in parts.netloc:
        raise HostError("a backslash is a slash to some, and a part of the user name to others")
    Host(f"[{name}]" if ":" in name else name)
    return str(ip_address(name)) if ":" in name else name.lower().removesuffix(".")
