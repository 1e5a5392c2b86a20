"""Connections: urllib3's pools with our deadline, and a requests adapter that uses them with given certificates."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from reconciler.transport.deadline import CURRENT_DEADLINE, TimedResponse
from reconciler.transport.reach import CURRENT_REACH

# urllib3 logs whole URLs, query strings included, and tracebacks for odd headers: none of that may reach a log of ours.
logging.getLogger("urllib3").propagate = False


class _Connection(HTTPConnection):
    """A connection whose connect, handshake and reads are bounded by the current deadline, to an address in reach."""

    response_class = TimedResponse

    def _new_conn(self) -> socket.socket:
        limit = self.timeout if isinstance(self.timeout, (int, float)) else None
        self.timeout = CURRENT_DEADLINE.get().clip(limit)
        if self.proxy is not None:
            return super()._new_conn()
        return self._connect(self._dns_host)

    def _connect(self, name: str) -> socket.socket:
        """Connect to the first address of the name that answers; the name itself stays for TLS and `Host`."""
        failure: Exception | None = None
        try:
            for address in self._addresses(name):
                self._dns_host = address
                try:
                    return super()._new_conn()
                except (NewConnectionError, ConnectTimeoutError) as error:
                    failure = failure or error
        finally:
            self._dns_host = name
        raise failure or NewConnectionError(self, f"{name} has no address")

    def _addresses(self, name: str) -> Iterator[str]:
        try:
            yield from CURRENT_REACH.get().addresses(name, self.port or self.default_port)
        except socket.gaierror as error:
            raise NameResolutionError(name, self, error) from error


class _TlsConnection(_Connection, HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except TimeoutError as error:  # in the handshake; urllib3 would call it a slow answer
            raise ConnectTimeoutError(self, "the TLS handshake took too long") from error
        # Here an unverified host is always one that was declared insecure; urllib3 would warn on every request.
        self.is_verified = True

    def _new_conn(self) -> socket.socket:
        limit = self.timeout if isinstance(self.timeout, (int, float)) else None
        connecting = CURRENT_DEADLINE.get().part(limit)
        sock = super()._new_conn()
        sock.settimeout(connecting.clip())  # for the handshake, which Python bounds as a whole
        return sock


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class Adapter(HTTPAdapter):
    """A requests adapter for one host: one kept connection, no retries, the certificates it is given."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the signature of requests
        """Use our pools, which know the deadline."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:  # noqa: ANN401 - the signature of requests
        """Use our pools behind a proxy too."""
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        return manager

    def build_connection_pool_key_attributes(
        self,
        request: requests.PreparedRequest,
        verify: bool | str,
        cert: str | tuple[str, str] | None = None,
    ) -> tuple[Any, Any]:
        """Use our TLS settings in place of those that requests would look for in the environment."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        required = self._context.verify_mode is ssl.CERT_REQUIRED
        return host, {"ssl_context": self._context, "cert_reqs": "CERT_REQUIRED" if required else "CERT_NONE"}

    def cert_verify(self, conn: object, url: str, verify: object, cert: object) -> None:
        """Nothing to add: the TLS settings are complete."""

    def add_headers(self, request: requests.PreparedRequest, **kwargs: Any) -> None:  # noqa: ANN401 - as requests
        """Nothing to add."""


def prepare(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> requests.PreparedRequest:
    """A request as requests sends it: no cookies, and no credentials from a .netrc file (only a session reads that)."""
    return requests.Request(method, url, headers=dict(headers), data=body).prepare()
