"""A connection: each step of its client has a deadline, and a new connection is always accepted.

| the server waits for                      | at most                 | and then                               |
| ----------------------------------------- | ----------------------- | -------------------------------------- |
| the head of a request                     | `Limits.head`           | the connection is cut                  |
| its body                                  | `body.BODY_SECONDS`     | 408                                    |
| the client to take an answer whole        | `Limits.answer`         | the connection is cut                  |
| the next request                          | `Limits.idle`           | the connection is closed               |
| the rest of a body that is not read       | `Limits.linger`         | the connection is cut                  |

One answer is under way at a time: what the client sends meanwhile stays in the kernel until it has taken the answer
whole. If a new connection is one too many, another one is cut: the one that has waited longest, of the address that has
the most connections. So no client can keep out others, or the probes.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from reconciler.settings import MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one listener; times are in seconds."""

    connections: int = 512
    head: float = 10.0
    """From the first byte of a request, or the start of the connection, to the end of the head."""
    answer: float = 10.0
    idle: int = 5
    linger: float = 2.0


_LINGER_BYTES = 2 * MIB
_UNFINISHED = {h11.SEND_BODY, h11.ERROR}
"""States in which the client may still send: if the socket were closed now, the client might never see the answer."""


class _Transport:
    """The transport of a connection; `close` is the connection's own."""

    def __init__(self, under: asyncio.Transport, close: Callable[[], None]) -> None:
        self._under = under
        self.close = close

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the transport has
        return getattr(self._under, name)


class Connection(H11Protocol):
    """One connection, which ends itself when a deadline passes."""

    def __init__(self, limits: Limits, **uvicorn: Any) -> None:  # noqa: ANN401 - what uvicorn gives its protocol
        super().__init__(**uvicorn)
        self._limits = limits
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._under: asyncio.Transport | None = None
        self._held_back = False
        """Whether the client has not taken the last answer yet."""
        self._rest: int | None = None
        """Bytes that are still read and dropped; None before the connection is being closed."""
        self._is_last = False
        """Whether the server stops, so that it waits for no client any more."""
        self.is_cut = False
        self.address: str | None = None
        self.since = 0.0
        """When the client last completed a step, in the event loop's seconds."""

    # Begin and end

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; if there are too many connections, another one is cut."""
        self._under = transport
        transport.set_write_buffer_limits(high=0)  # so that the transport reports when all of an answer is taken
        super().connection_made(cast("asyncio.Transport", _Transport(transport, self._close)))
        self.address, self.since = address_of(self.client), self.loop.time()
        self._make_room()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self.is_cut = True
        for name in list(self._timers):
            self._disarm(name)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server stops: the answer under way is the last one."""
        self._is_last = True
        if self._rest is not None or self._held_back:
            self.cut()
        else:
            super().shutdown()

    def cut(self) -> None:
        """End the connection now, also during an answer."""
        self.is_cut = True
        if self._under is not None:
            self._under.abort()

    def _make_room(self) -> None:
        others = [each for each in self.connections if isinstance(each, Connection) and not each.is_cut]
        if len(others) > self._limits.connections:
            counts = Counter(each.address for each in others)
            most = max(counts.values())
            min((each for each in others if counts[each.address] == most), key=lambda each: each.since).cut()

    def _close(self) -> None:
        """Close; what the client still sends is read for a moment, because otherwise it might not get the answer."""
        if self._under is None or self.is_cut or self._under.is_closing():
            return
        if self._is_last or self.conn.their_state not in _UNFINISHED:
            self._under.close()
        elif self._rest is None:
            self._rest = _LINGER_BYTES
            self._tell_handler()
            self._disarm("head")
            self._arm("linger", self._limits.linger)
            self.flow.resume_reading()
            if self._under.can_write_eof():
                self._under.write_eof()

    def _tell_handler(self) -> None:
        """Tell the handler that the rest of the request will not come."""
        if self.cycle is not None and not self.cycle.response_complete:  # type: ignore[redundant-expr]  # at first None
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    # Reading

    def data_received(self, data: bytes) -> None:
        """Handle received bytes; the deadline of a head runs from its first byte to its last."""
        if self._rest is None:
            super().data_received(data)
            self._watch()
            return
        self._rest -= len(data)
        if self._rest < 0:
            self.cut()

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends nothing more; a request that it has sent whole is still answered."""
        waits = self.cycle is not None and not self.cycle.response_complete  # type: ignore[redundant-expr]  # at first None
        if self._rest is not None or not waits or self.conn.their_state in _UNFINISHED:
            return False
        self.cycle.keep_alive = False
        return True

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            if "head" in self._timers:
                self.since = self.loop.time()
            self._disarm("head")
        else:
            self._arm("head", self._limits.head)

    # Writing

    def pause_writing(self) -> None:
        """The client has not taken all of the answer yet."""
        super().pause_writing()
        self._arm("answer", self._limits.answer)

    def resume_writing(self) -> None:
        """The client has taken all of the answer."""
        super().resume_writing()
        self._disarm("answer")
        if self._held_back and not self.is_cut:
            self._held_back = False
            super().on_response_complete()

    def on_response_complete(self) -> None:
        """An answer is written: when it is taken, the next request is read, unless a body was left unread."""
        self.since = self.loop.time()
        if self.conn.their_state in _UNFINISHED:
            self._close()
        elif self.flow.write_paused:
            self._held_back = True
            self.flow.pause_reading()
        else:
            super().on_response_complete()

    # Deadlines

    def _arm(self, name: str, seconds: float) -> None:
        if name not in self._timers:
            self._timers[name] = self.loop.call_later(seconds, self.cut)

    def _disarm(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()


def address_of(client: tuple[str, int] | None) -> str | None:
    """The address that a connection counts for: of IPv6 its network of 64 bits, because one client has all of it."""
    if client is None:
        return None
    try:
        found = ip_address(client[0].partition("%")[0])
    except ValueError:
        return client[0]
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
    return str(found)
