"""Connections: urllib3's pools with our deadline, and a requests adapter that uses them with our certificates."""

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

# urllib3 logs whole URLs with their query strings, and tracebacks for unusual headers; our logs must not have either.
logging.getLogger("urllib3").propagate = False


class _Connection(HTTPConnection):
    """A connection to an allowed address; connect, handshake and reads are bounded by the current deadline."""

    response_class = TimedResponse

    def _new_conn(self) -> socket.socket:
        limit = self.timeout if isinstance(self.timeout, (int, float)) else None
        self.timeout = CURRENT_DEADLINE.get().clip(limit)
        if self.proxy is not None:
            return super()._new_conn()
        return self._connect(self._dns_host)

    def _connect(self, name: str) -> socket.socket:
        """Connect to the first address of the name that answers; TLS and `Host` still use the name."""
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
        # An unverified host was always declared insecure here; urllib3 would warn on every request.
        self.is_verified = True

    def _new_conn(self) -> socket.socket:
        limit = self.timeout if isinstance(self.timeout, (int, float)) else None
        connecting = CURRENT_DEADLINE.get().part(limit)
        sock = super()._new_conn()
        sock.settimeout(connecting.clip())  # for the handshake; Python bounds the whole of it
        return sock


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class Adapter(HTTPAdapter):
    """A requests adapter for one host, with one kept connection, without retries, with the given certificates."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the signature of requests
        """Use our pools, which respect the deadline."""
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
        """Use our TLS settings; requests would look for others in the environment."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        required = self._context.verify_mode is ssl.CERT_REQUIRED
        return host, {"ssl_context": self._context, "cert_reqs": "CERT_REQUIRED" if required else "CERT_NONE"}

    def cert_verify(self, conn: object, url: str, verify: object, cert: object) -> None:
        """Add nothing: the TLS settings are complete."""

    def add_headers(self, request: requests.PreparedRequest, **kwargs: Any) -> None:  # noqa: ANN401 - as requests
        """Add nothing."""


def prepare(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> requests.PreparedRequest:
    """A request as requests sends it: without cookies, and without credentials from a .netrc file."""
    return requests.Request(method, url, headers=dict(headers), data=body).prepare()
