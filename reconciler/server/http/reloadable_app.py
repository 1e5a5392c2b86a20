"""A reloadable application: it is replaced while it is served. A request under way ends with the one it began with."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class ReloadableApp:
    """Answers with the application that was given last; `replace` may be called from any thread."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def replace(self, app: ASGIApp) -> None:
        """Answer with this application from the next request on."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)
