"""The transport: sends one request over the thread's own kept connection, and reads one bounded answer.

Every thread keeps at most one connection to a host, or one for each client certificate; of more than `MAX_KEPT` hosts
the longest unused is closed. Hosts share nothing. Redirects are returned and not followed. No content coding is
decoded, so that digests are of the bytes on the wire. Proxies come from the environment; credentials do not. A request
ends within its total time, except that only the machine's resolver bounds the lookup of a name, and that each dead
address of a host takes one connect time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, Self

import requests
from requests.utils import get_environ_proxies

from reconciler import settings
from reconciler.clock import Clock, SystemClock
from reconciler.model.host import Host
from reconciler.transport.certificate import MachineCertificates, tls_contexts
from reconciler.transport.connection import Adapter, prepare
from reconciler.transport.deadline import CURRENT_DEADLINE, Deadline
from reconciler.transport.failure import LIBRARY_ERRORS, Limits, TooLargeError, explain, may_refuse_certificate
from reconciler.transport.guard import is_on_link
from reconciler.transport.message import HttpRequest, HttpResponse, Origin, Trust
from reconciler.transport.reach import CURRENT_REACH, Reach

MAX_KEPT = 16
"""The number of hosts that one thread keeps connections to."""
_PIECE = 64 * settings.KIB
_USER_AGENT = "imagestream-reconciler"
_DEFAULT_HEADERS = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"}


# Statuses for a refused client certificate: 400 from nginx, 403 from others.
_CERTIFICATE_REFUSED = {400, 403}
_SAFE = {"GET", "HEAD"}


class _Channel:
    """One thread's connection to one origin, and the proxies on its way."""

    def __init__(self, origin: Origin, trust: Trust, machine: MachineCertificates) -> None:
        self.adapters = [Adapter(context) for context in tls_contexts(trust, machine, origin.registry)]
        """One for each client certificate; the one that last worked comes first."""
        # As in the clients of Go and curl, this machine is never reached through a proxy. Its link-local network is not
        # either, because a metadata server would then identify the proxy.
        self.proxies: dict[str, str] = {} if is_on_link(origin.host) else dict(get_environ_proxies(str(origin)))

    def prefer(self, adapter: Adapter) -> None:
        """Use this one first from now on."""
        self.adapters.sort(key=lambda each: each is not adapter)

    def close(self) -> None:
        """Close its connections."""
        for adapter in self.adapters:
            adapter.close()


_Channels = OrderedDict[tuple[Origin, Trust, Reach], _Channel]


class Transport:
    """Sends requests; thread-safe. Close it at the end, when no thread is sending any more."""

    def __init__(
        self,
        *,
        connect_timeout: float = settings.CONNECT_TIMEOUT,
        read_timeout: float = settings.READ_TIMEOUT,
        request_timeout: float = settings.REQUEST_TIMEOUT,
        clock: Clock | None = None,
        machine: MachineCertificates | None = None,
    ) -> None:
        self._machine = machine or MachineCertificates()
        self._limits = Limits(connect_timeout, read_timeout, request_timeout)
        self._clock = clock or SystemClock()
        self._channels: dict[threading.Thread, _Channels] = {}
        self._lock = threading.Lock()

    def send(self, request: HttpRequest, *, limit: int, reach: Reach, trust: Trust | None = None) -> HttpResponse:
        """Send the request to an allowed address, and read an answer of at most `limit` bytes.

        Raises `UnavailableError` if the host cannot be reached and `RemoteError` if its answer cannot be used, both
        with the host and whether another try may help; `UsageError` if a certificate file cannot be used.
        """
        origin = Origin.of(request.url)
        channel = self._channel(origin, trust or Trust(), reach)
        deadline = Deadline(self._clock, self._limits.total, self._limits.read)
        token, reached = CURRENT_DEADLINE.set(deadline), CURRENT_REACH.set(reach)
        try:
            return self._send_with_each_certificate(channel, request, limit)
        except LIBRARY_ERRORS as error:
            raise explain(error, origin.name, self._limits, overdue=deadline.over) from error
        finally:
            CURRENT_DEADLINE.reset(token)
            CURRENT_REACH.reset(reached)

    def has_certificates(self, host: Host) -> bool:
        """Whether the machine has certificates for `host` or `host:port`; raises `UsageError` like `send`."""
        return self._machine.has_certificates(host)

    def close(self) -> None:
        """Close every kept connection."""
        with self._lock:
            threads, self._channels = self._channels, {}
        for channels in threads.values():
            _close(channels)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send_with_each_certificate(self, channel: _Channel, request: HttpRequest, limit: int) -> HttpResponse:
        """Send with each client certificate in turn until one is accepted; if none is, the first refusal counts."""
        refusal: HttpResponse | None = None
        failure: BaseException | None = None
        for adapter in tuple(channel.adapters):
            try:
                response = self._exchange(adapter, channel, request, limit)
            except LIBRARY_ERRORS as error:
                if len(channel.adapters) == 1 or not may_refuse_certificate(error):
                    raise
                failure = failure or error
                continue
            if response.status not in _CERTIFICATE_REFUSED or request.method not in _SAFE:
                channel.prefer(adapter)
                return response
            refusal = refusal or response
        if refusal is not None:
            return refusal
        if failure is None:
            raise AssertionError("a channel has an adapter")
        raise failure

    def _exchange(self, adapter: Adapter, channel: _Channel, request: HttpRequest, limit: int) -> HttpResponse:
        prepared = prepare(request.method, request.url, {**_DEFAULT_HEADERS, **request.headers}, request.body)
        timeout = (self._limits.connect, self._limits.read)
        answer = adapter.send(prepared, stream=True, timeout=timeout, proxies=channel.proxies)
        try:
            body = _read(answer, limit, Origin.of(request.url).name)
        finally:
            if not answer.raw.isclosed():  # the rest of the answer is not needed, so the connection is closed
                answer.raw.close()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(answer.status_code, headers, body, request.url)

    def _channel(self, origin: Origin, trust: Trust, reach: Reach) -> _Channel:
        channels = self._own_channels()
        key = (origin, trust, reach)  # a connection is only used again for requests with the same permissions
        if key not in channels:
            channels[key] = _Channel(origin, trust, self._machine)
        channels.move_to_end(key)
        while len(channels) > MAX_KEPT:
            channels.popitem(last=False)[1].close()
        return channels[key]

    def _own_channels(self) -> _Channels:
        thread = threading.current_thread()
        with self._lock:
            found = self._channels.get(thread)
            if found is not None:
                return found
            ended = [self._channels.pop(other) for other in list(self._channels) if not other.is_alive()]
            found = self._channels[thread] = OrderedDict()
        for channels in ended:
            _close(channels)
        return found


def _close(channels: _Channels) -> None:
    for channel in channels.values():
        channel.close()


def _read(answer: requests.Response, limit: int, host: str) -> bytes:
    """The body as it came; raises `TooLargeError` as soon as it exceeds the limit."""
    raw: Any = answer.raw
    announced = answer.headers.get("Content-Length", "")
    is_head = answer.request.method == "HEAD"
    if not is_head and announced.isascii() and announced.isdigit() and (len(announced) > 18 or int(announced) > limit):  # noqa: PLR2004 - more digits than any size
        raise TooLargeError(host, limit, answer.status_code)
    pieces, size = list[bytes](), 0
    while piece := raw.read(min(_PIECE, limit + 1), decode_content=False):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise TooLargeError(host, limit, answer.status_code)
    return b"".join(pieces)
