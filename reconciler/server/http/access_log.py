"""The access log: one line for each request; never a path, which may hold a secret, and never a body."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.clock import Clock

_LOG: Final = logging.getLogger("reconciler.server")
_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths that are requested every few seconds. They are logged only at debug, as are events without a hint."""
_IGNORED: Final = 200


class AccessLogMiddleware:
    """The outermost layer: it removes slashes at the end, writes the access log, and lets no exception pass."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer one request, and log it."""
        if scope["type"] != "http":
            return
        if scope.get("raw_path", b"").endswith(b"/"):  # a %2F at the end belongs to a secret
            scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
        status, start = [0], self._clock.monotonic()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            _LOG.debug("A request was given up because the server stops.")
        except Exception:  # noqa: BLE001 - for any error the client learns nothing, and the server goes on
            _LOG.exception("A request failed.", extra={"route": _route(scope)})
        _access(scope, status[0], self._clock.monotonic() - start)


def _access(scope: Scope, status: int, seconds: float) -> None:
    route = _route(scope)
    level = logging.DEBUG if route in _QUIET or (scope.get("receiver") and status == _IGNORED) else logging.INFO
    client = scope.get("client")
    fields = {
        "method": scope["method"] if scope["method"] in {"GET", "HEAD", "POST", "OPTIONS"} else "other",
        "route": route,
        "receiver": scope.get("receiver"),
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
        "client": client[0] if client else None,
    }
    _LOG.log(level, "Answered.", extra={key: value for key, value in fields.items() if value is not None})


def _route(scope: Scope) -> str:
    """Which of our paths it was; never the path itself, which may hold a secret."""
    path: str = scope["path"]
    if path in _QUIET:
        return path
    return next((f"/hooks/{kind}" for kind in ("registry", "git") if path.startswith(f"/hooks/{kind}/")), "other")
