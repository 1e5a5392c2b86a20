"""The application: paths, methods and statuses. An answer gives no details to a client that is not authenticated.

| path                                    | answers                                                          |
| --------------------------------------- | ---------------------------------------------------------------- |
| `POST /hooks/registry/NAME[/SECRET]`    | 202 queued, 200 no hint in it, 400, 401, 404, 408, 413, 415, 503 |
| `POST /hooks/git/NAME[/SECRET]`         | the same                                                         |
| `OPTIONS /hooks/registry/NAME[/SECRET]` | Event Grid's question whether it may send CloudEvents            |
| `GET /healthz`, `GET /readyz`           | 200, or 503                                                      |
| `GET /metrics`                          | Prometheus's text format                                         |

A slash at the end makes no difference. Nothing here waits for git or a registry: the loop does the work.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.clock import Clock
from reconciler.model.hint import GitHint, Hint
from reconciler.server.hooks.answer import RESULTS, Answer, Outcome
from reconciler.server.hooks.endpoint import Authentication, HookEndpoint
from reconciler.server.hooks.sender_check import Attempt
from reconciler.server.http.body import MAX_UNAUTHENTICATED_BYTES, Bodies, BodyRefusedError, Overflow
from reconciler.telemetry.metrics import CONTENT_TYPE, Metrics

_LOG: Final = logging.getLogger("reconciler.server")
_CLOSING: Final = frozenset({400, 401, 404, 408, 413, 503})
"""Statuses after which the connection is closed, without reading the rest of the request."""
_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths that are requested every few seconds. They are logged only at debug, as are events without a hint."""
_IGNORED: Final = 200
_HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
UNKNOWN_RECEIVER: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What the paths lead to. Every callable is called in the server's thread, and must return at once."""

    registry: HookEndpoint[Hint]
    git: HookEndpoint[GitHint]
    is_alive: Callable[[], bool]
    """Whether the process works; if not, it is to be restarted."""
    is_ready: Callable[[], bool]
    """Whether the first pass is done and the remote was reachable."""
    metrics: Metrics
    clock: Clock


def application(endpoints: Endpoints, bodies: Mapping[Authentication, Bodies] | None = None) -> ASGIApp:
    """The ASGI application."""
    read = bodies or all_bodies()
    routes = [
        *_hooks("registry", _HookHandler(endpoints.registry, endpoints, read)),
        *_hooks("git", _HookHandler(endpoints.git, endpoints, read)),
        Route("/healthz", _probe(endpoints.is_alive)),
        Route("/readyz", _probe(endpoints.is_ready)),
        Route("/metrics", _exposition(endpoints.metrics)),
    ]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return _AccessLog(app, endpoints.clock)


def all_bodies() -> dict[Authentication, Bodies]:
    """The bodies by authentication: senders that are not authenticated yet share a memory of their own."""
    return {
        Authentication.COMPLETE: Bodies(),
        Authentication.NEEDS_BODY: Bodies(most=MAX_UNAUTHENTICATED_BYTES, overflow=Overflow.OLDEST),
    }


def _hooks(where: str, hook: _HookHandler) -> list[Route]:
    paths = (f"/hooks/{where}/{{name}}", f"/hooks/{where}/{{name}}/{{secret:path}}")
    return [Route(path, hook.handle, methods=["POST", "OPTIONS"]) for path in paths]


def _probe(good: Callable[[], bool]) -> Callable[[Request], Response]:
    def answer(_: Request) -> Response:
        well = good()
        return _response(Answer(200 if well else 503, b"ok\n" if well else b"not yet\n"))

    return _inline(answer)


def _exposition(metrics: Metrics) -> Callable[[Request], Response]:
    headers = _HEADERS | {"content-type": CONTENT_TYPE}
    return _inline(lambda _: Response(metrics.exposition(), headers=headers))


def _inline(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The handler in the event loop itself, because a probe must not wait for a free thread."""

    async def handle(request: Request) -> Response:
        return answer(request)

    return handle  # type: ignore[return-value]  # Starlette types its handlers as functions


@dataclass(frozen=True, slots=True)
class _HookHandler:
    """Answers the requests of one endpoint."""

    endpoint: HookEndpoint[Hint] | HookEndpoint[GitHint]
    endpoints: Endpoints
    bodies: Mapping[Authentication, Bodies]

    async def handle(self, request: Request) -> Response:
        """The answer to one webhook, counted."""
        name = str(request.path_params["name"])
        label = name if self.endpoint.knows(name) else UNKNOWN_RECEIVER
        request.scope["receiver"] = label
        secret, now = request.path_params.get("secret"), self.endpoints.clock.now().timestamp()
        attempt = Attempt(_headers(request), b"", secret, now)
        if request.method == "OPTIONS":
            return _options(request, self.endpoint.refusal(name, attempt))
        authentication = self.endpoint.before_body(name, attempt)
        if isinstance(authentication, Answer):
            return self._counted(label, Outcome(authentication))
        try:
            body = await self.bodies[authentication].read(request)
        except BodyRefusedError as refused:
            return self._counted(label, Outcome(Answer(refused.status)))
        attempt = replace(attempt, body=body)
        try:
            outcome = self.endpoint.receive(name, attempt)
        except Exception:  # noqa: BLE001 - for any error the sender learns nothing, and the server goes on
            _LOG.exception("A webhook could not be handled.", extra={"receiver": label})
            outcome = Outcome(Answer(500))
        return self._counted(label, outcome)

    def _counted(self, label: str, outcome: Outcome) -> Response:
        metrics, status = self.endpoints.metrics, outcome.answer.status
        metrics.add("imagestream_hooks_total", receiver=label, result=RESULTS[status])
        if outcome.hints:
            metrics.add("imagestream_hints_total", outcome.hints, receiver=label)
        return _response(outcome.answer)


def _options(request: Request, refused: Answer | None) -> Response:
    """The handshake of CloudEvents against abuse (HTTP 1.1 Web Hooks for Event Delivery, section 4)."""
    if refused is not None:
        return _response(refused)
    response = _response(Answer(200))
    origin = request.headers.get("webhook-request-origin", "")
    if origin.isascii() and origin.isprintable() and origin:
        response.headers["webhook-allowed-origin"] = origin
    return response


def _headers(request: Request) -> dict[str, str]:
    """The headers; the first value of one that is sent several times."""
    found = dict[str, str]()
    for name, value in request.headers.items():
        found.setdefault(name, value)
    return found


def _response(answer: Answer) -> Response:
    headers = dict(_HEADERS)
    if answer.status in _CLOSING:
        headers["connection"] = "close"
    if answer.status == 503:  # noqa: PLR2004 - Service Unavailable
        headers["retry-after"] = "1"
    return Response(answer.body, answer.status, headers, answer.media_type)


class _AccessLog:
    """The outermost layer: it removes slashes at the end, writes the access log, and lets no exception pass."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
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
        except Exception:  # noqa: BLE001 - as above
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
