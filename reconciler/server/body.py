"""Bodies: read whole, within a size, a time and a share of the memory that all bodies of the process have together."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.requests import ClientDisconnect, Request

from reconciler.settings import MIB

MAX_BODY_BYTES: Final = 1 * MIB
MAX_ALL_BYTES: Final = 32 * MIB
"""Of all bodies that are being read at a time."""
BODY_SECONDS: Final = 10.0


class RefusedError(Exception):
    """A request that is answered with a status and nothing else."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Bodies:
    """What all bodies under way take; belongs to one event loop."""

    def __init__(self, *, seconds: float = BODY_SECONDS, most: int = MAX_ALL_BYTES) -> None:
        self._seconds = seconds
        self._most = most
        self._taken = 0

    async def read(self, request: Request) -> bytes:
        """The whole body. Raises `RefusedError`: 413 too large, 408 too slow, 503 too many at a time, 400 cut."""
        announced = request.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and (len(announced) > 9 or int(announced) > MAX_BODY_BYTES):  # noqa: PLR2004 - more digits than any size
            raise RefusedError(413)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._whole(request)
        except TimeoutError as error:
            raise RefusedError(408) from error
        except ClientDisconnect as error:
            raise RefusedError(400) from error

    async def _whole(self, request: Request) -> bytes:
        pieces, size = list[bytes](), 0
        try:
            async for piece in request.stream():
                size += len(piece)
                self._taken += len(piece)
                pieces.append(piece)
                self._check(size)
            return b"".join(pieces)
        finally:
            self._taken -= size

    def _check(self, size: int) -> None:
        if size > MAX_BODY_BYTES:
            raise RefusedError(413)
        if self._taken > self._most:
            raise RefusedError(503)
