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

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from reconciler.clock import Clock
from reconciler.model.hint import GitHint, Hint
from reconciler.server.hooks.answer import Answer
from reconciler.server.hooks.endpoint import Authentication, HookEndpoint
from reconciler.server.http.access_log import AccessLogMiddleware
from reconciler.server.http.body import Bodies
from reconciler.server.http.hook_handler import HookHandler, all_bodies
from reconciler.server.http.response import HEADERS, response
from reconciler.telemetry.metrics import CONTENT_TYPE, Metrics


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
        *_hooks("registry", HookHandler(endpoints.registry, read, endpoints.metrics, endpoints.clock)),
        *_hooks("git", HookHandler(endpoints.git, read, endpoints.metrics, endpoints.clock)),
        Route("/healthz", _probe(endpoints.is_alive)),
        Route("/readyz", _probe(endpoints.is_ready)),
        Route("/metrics", _exposition(endpoints.metrics)),
    ]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return AccessLogMiddleware(app, endpoints.clock)


def _hooks(where: str, hook: HookHandler) -> list[Route]:
    paths = (f"/hooks/{where}/{{name}}", f"/hooks/{where}/{{name}}/{{secret:path}}")
    return [Route(path, hook.handle, methods=["POST", "OPTIONS"]) for path in paths]


def _probe(good: Callable[[], bool]) -> Callable[[Request], Response]:
    def answer(_: Request) -> Response:
        well = good()
        return response(Answer(200 if well else 503, b"ok\n" if well else b"not yet\n"))

    return _inline(answer)


def _exposition(metrics: Metrics) -> Callable[[Request], Response]:
    headers = HEADERS | {"content-type": CONTENT_TYPE}
    return _inline(lambda _: Response(metrics.exposition(), headers=headers))


def _inline(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The handler in the event loop itself, because a probe must not wait for a free thread."""

    async def handle(request: Request) -> Response:
        return answer(request)

    return handle  # type: ignore[return-value]  # Starlette types its handlers as functions
