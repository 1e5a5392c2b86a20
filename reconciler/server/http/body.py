"""Bodies of requests: each is read whole, within a size, a time, and a share of the memory for bodies of its kind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Final

from starlette.requests import ClientDisconnect, Request

from reconciler.errors import InputError
from reconciler.settings import MIB

MAX_BODY_BYTES: Final = 1 * MIB
MAX_ALL_BYTES: Final = 32 * MIB
"""Bytes of all bodies under way whose senders are authenticated."""
MAX_UNAUTHENTICATED_BYTES: Final = 8 * MIB
"""Bytes of all bodies under way whose senders are not authenticated yet, in addition to `MAX_ALL_BYTES`."""
BODY_SECONDS: Final = 10.0


class BodyRefusedError(InputError):
    """A body is refused; the request is answered with `status` and no text."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Overflow(Enum):
    """Which body is given up when all together are too large."""

    NEWEST = "newest"
    """The one that has just grown; those that began before are read to their end."""
    OLDEST = "oldest"
    """The one that began first, so that senders who stall keep no others out."""


@dataclass(slots=True, eq=False)
class _Body:
    """One body under way."""

    limit: asyncio.Timeout
    size: int = 0
    is_given_up: bool = False


class Bodies:
    """The bodies under way, and their share of memory; belongs to one event loop."""

    def __init__(
        self, *, seconds: float = BODY_SECONDS, most: int = MAX_ALL_BYTES, overflow: Overflow = Overflow.NEWEST
    ) -> None:
        self._seconds = seconds
        self._most = most
        self._overflow = overflow
        self._under_way: dict[_Body, None] = {}

    @property
    def size(self) -> int:
        """Bytes of all bodies under way."""
        return sum(each.size for each in self._under_way if not each.is_given_up)

    async def read(self, request: Request) -> bytes:
        """The whole body. Raises `BodyRefusedError`: 413 too large, 408 too slow, 503 too many at a time, 400 cut."""
        announced = request.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and (len(announced) > 9 or int(announced) > MAX_BODY_BYTES):  # noqa: PLR2004 - more digits than any size
            raise BodyRefusedError(413)
        body = _Body(asyncio.timeout(self._seconds))
        self._under_way[body] = None
        try:
            async with body.limit:
                return await self._whole(request, body)
        except TimeoutError as error:
            raise BodyRefusedError(503 if body.is_given_up else 408) from error
        except ClientDisconnect as error:
            raise BodyRefusedError(400) from error
        finally:
            del self._under_way[body]

    async def _whole(self, request: Request, body: _Body) -> bytes:
        pieces = list[bytes]()
        async for piece in request.stream():
            body.size += len(piece)
            pieces.append(piece)
            if body.size > MAX_BODY_BYTES:
                raise BodyRefusedError(413)
            self._make_room(body)
        return b"".join(pieces)

    def _make_room(self, body: _Body) -> None:
        if self.size <= self._most:
            return
        if self._overflow is Overflow.NEWEST:
            raise BodyRefusedError(503)
        oldest = next(each for each in self._under_way if not each.is_given_up)
        oldest.is_given_up = True
        if oldest is body:
            raise BodyRefusedError(503)
        oldest.limit.reschedule(0)
