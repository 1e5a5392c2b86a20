"""Failures below HTTP: one table from the exceptions of the libraries to one sentence for a person."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import requests
import urllib3.exceptions

from reconciler.errors import RemoteError, UnavailableError
from reconciler.transport.redaction import redact

LIBRARY_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)
"""Every exception that sending a request and reading its answer may raise."""
_MAX_CAUSES = 50
# TLS alerts of a server that needs a client certificate or does not accept ours (RFC 8446, section 6.2).
_CLIENT_REFUSED = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "TLSV1_ALERT_UNKNOWN_CA",
    "SSLV3_ALERT_BAD_CERTIFICATE",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "SSLV3_ALERT_CERTIFICATE_REVOKED",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
}


_CLIENT_UNKNOWN = "does not take our client certificate, or wants one. Name the right one with certFile and keyFile."


class NoHttpError(RemoteError):
    """The answer is not HTTP; it may be TLS."""


class BrokenOffError(UnavailableError):
    """The connection was closed without an answer, as some servers do if the client speaks another protocol."""


class TlsError(UnavailableError):
    """The host speaks TLS, but one side does not trust the other; plain HTTP would not help."""


class TooLargeError(RemoteError):
    """The answer is larger than is allowed; `status` is what it began with."""

    def __init__(self, host: str, limit: int, status: int) -> None:
        super().__init__(f"{host} sent more than the {limit} bytes that are allowed.", host=host)
        self.status = status


@dataclass(frozen=True, slots=True)
class Limits:
    """The time limits of a request in seconds, for messages."""

    connect: float
    read: float
    total: float


@dataclass(frozen=True, slots=True)
class _Row:
    kinds: tuple[type[BaseException], ...]
    words: Callable[[BaseException, Limits], str]
    error: type[RemoteError]
    retryable: bool


# The first row that fits any cause wins, so the specific rows come first.
_ROWS = (
    _Row(
        (ssl.SSLCertVerificationError, ssl.CertificateError),
        lambda error, _: f"has a certificate that is not trusted ({_certificate(error)}). Name its CA with caFile.",
        TlsError,
        retryable=False,
    ),
    _Row(
        (ssl.SSLEOFError, ssl.SSLZeroReturnError),
        lambda *_: "broke the connection off.",
        BrokenOffError,
        retryable=True,
    ),
    _Row(
        (ssl.SSLError, urllib3.exceptions.SSLError),
        lambda *_: "does not speak TLS as it should. Declare it insecure if it is plain HTTP.",
        UnavailableError,
        retryable=False,
    ),
    _Row(
        (socket.gaierror, urllib3.exceptions.NameResolutionError),
        lambda *_: "is not known to the name service.",
        UnavailableError,
        retryable=True,
    ),
    _Row(
        (urllib3.exceptions.ProxyError,),
        lambda *_: "cannot be reached through the proxy.",
        UnavailableError,
        retryable=True,
    ),
    _Row(
        (requests.exceptions.ConnectTimeout,),  # urllib3's own class would include every refusal
        lambda _, limits: f"did not accept a connection within {limits.connect:g} s.",
        UnavailableError,
        retryable=True,
    ),
    _Row((ConnectionRefusedError,), lambda *_: "refuses the connection.", UnavailableError, retryable=True),
    _Row(
        (TimeoutError, urllib3.exceptions.ReadTimeoutError),
        lambda _, limits: f"sent nothing for {limits.read:g} s.",
        UnavailableError,
        retryable=True,
    ),
    _Row(
        (urllib3.exceptions.IncompleteRead, http.client.IncompleteRead),
        lambda *_: "broke its answer off in the middle.",
        RemoteError,
        retryable=True,
    ),
    _Row((ConnectionError,), lambda *_: "broke the connection off.", BrokenOffError, retryable=True),
    _Row((http.client.HTTPException,), lambda *_: "sent an answer that is not HTTP.", NoHttpError, retryable=False),
    _Row((OSError,), lambda error, _: f"cannot be reached ({_system(error)}).", UnavailableError, retryable=True),
)


def explain(error: BaseException, host: str, limits: Limits, *, overdue: bool) -> RemoteError:
    """The error for an exception of a library: `host` and what happened, without secrets."""
    if overdue and _is_timeout(error):
        return UnavailableError(f"{host} did not finish its answer within {limits.total:g} s.", host=host)
    if any(getattr(cause, "reason", None) in _CLIENT_REFUSED for cause in _causes(error)):
        return TlsError(f"{host} {_CLIENT_UNKNOWN}", host=host)
    row, cause = _row(error)
    if row is None:
        return RemoteError(f"{host} cannot be asked: its address or a header is malformed.", host=host)
    return row.error(f"{host} {row.words(cause, limits)}", host=host, retryable=row.retryable)


def may_refuse_certificate(error: BaseException) -> bool:
    """Whether a server may have failed because of the client certificate that it got.

    TLS 1.3 sends the alert after the handshake. A client that is sending at that moment may only see the connection
    break.
    """
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return False
    return any(isinstance(cause, (ssl.SSLError, ConnectionResetError, BrokenPipeError)) for cause in causes)


def _is_timeout(error: BaseException) -> bool:
    kinds = (TimeoutError, urllib3.exceptions.TimeoutError)
    return any(isinstance(cause, kinds) for cause in _causes(error))


def _row(error: BaseException) -> tuple[_Row | None, BaseException]:
    causes = [cause for cause in _causes(error) if not _is_wrapping(cause)]
    for row in _ROWS:
        for cause in causes:
            if isinstance(cause, row.kinds):
                return row, cause
    return None, error


def _is_wrapping(error: BaseException) -> bool:
    """Whether it is a wrapper of requests: those are OSErrors themselves and would hide the cause."""
    kept = requests.exceptions.ConnectTimeout
    return isinstance(error, requests.RequestException) and not isinstance(error, kept)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it wraps: libraries put the cause into arguments as often as into `__cause__`."""
    waiting, seen = [error], list[BaseException]()
    while waiting and len(seen) < _MAX_CAUSES:
        current = waiting.pop(0)
        if any(current is known for known in seen):
            continue
        seen.append(current)
        yield current
        inner = (*current.args, getattr(current, "reason", None), current.__cause__, current.__context__)
        waiting.extend(cause for cause in inner if isinstance(cause, BaseException))


def _certificate(error: BaseException) -> str:
    return redact(str(getattr(error, "verify_message", "") or "it does not fit the host").rstrip("."))


def _system(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or "the system gives no reason").lower()
