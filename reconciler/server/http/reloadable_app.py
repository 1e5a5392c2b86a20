"""A switch: an application that is replaced while it is served. Requests under way end with the one they came to."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class ReloadableApp:
    """Answers with the application that was given last; `to` may be called from any thread."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def to(self, app: ASGIApp) -> None:
        """Answer with another one from the next request on."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)
