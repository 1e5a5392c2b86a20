"""A hook handler: answers the requests of one hook endpoint, and counts them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from reconciler.clock import Clock
from reconciler.model.hint import GitHint, Hint
from reconciler.server.hooks.answer import RESULTS, Answer, Outcome
from reconciler.server.hooks.endpoint import Authentication, HookEndpoint
from reconciler.server.hooks.sender_check import Attempt
from reconciler.server.http.body import MAX_UNAUTHENTICATED_BYTES, Bodies, BodyRefusedError, Overflow
from reconciler.server.http.response import response
from reconciler.telemetry.metrics import Metrics

_LOG: Final = logging.getLogger("reconciler.server")
UNKNOWN_RECEIVER: Final = "unknown"
"""The receiver in log and metrics, if there is none of that name."""


def all_bodies() -> dict[Authentication, Bodies]:
    """The bodies by authentication: senders that are not authenticated yet share a memory of their own."""
    return {
        Authentication.COMPLETE: Bodies(),
        Authentication.NEEDS_BODY: Bodies(most=MAX_UNAUTHENTICATED_BYTES, overflow=Overflow.OLDEST),
    }


@dataclass(frozen=True, slots=True)
class HookHandler:
    """The handler of one endpoint. An event without the secret is refused before its body is read."""

    endpoint: HookEndpoint[Hint] | HookEndpoint[GitHint]
    bodies: Mapping[Authentication, Bodies]
    metrics: Metrics
    clock: Clock

    async def handle(self, request: Request) -> Response:
        """The response to one request."""
        name = str(request.path_params["name"])
        label = request.scope["receiver"] = name if self.endpoint.knows(name) else UNKNOWN_RECEIVER
        secret, now = request.path_params.get("secret"), self.clock.now().timestamp()
        attempt = Attempt(_headers(request), b"", secret, now)
        if request.method == "OPTIONS":
            return _options(request, self.endpoint.refusal(name, attempt))
        outcome = await self._outcome(request, name, attempt)
        self.metrics.add("imagestream_hooks_total", receiver=label, result=RESULTS[outcome.answer.status])
        if outcome.hints:
            self.metrics.add("imagestream_hints_total", outcome.hints, receiver=label)
        return response(outcome.answer)

    async def _outcome(self, request: Request, name: str, attempt: Attempt) -> Outcome:
        authentication = self.endpoint.before_body(name, attempt)
        if isinstance(authentication, Answer):
            return Outcome(authentication)
        try:
            body = await self.bodies[authentication].read(request)
        except BodyRefusedError as refused:
            return Outcome(Answer(refused.status))
        try:
            return self.endpoint.receive(name, replace(attempt, body=body))
        except Exception:  # noqa: BLE001 - for any error the sender learns nothing, and the server goes on
            _LOG.exception("A webhook could not be handled.", extra={"receiver": request.scope["receiver"]})
            return Outcome(Answer(500))


def _options(request: Request, refused: Answer | None) -> Response:
    """The handshake of CloudEvents against abuse (HTTP 1.1 Web Hooks for Event Delivery, section 4)."""
    if refused is not None:
        return response(refused)
    allowed = response(Answer(200))
    origin = request.headers.get("webhook-request-origin", "")
    if origin.isascii() and origin.isprintable() and origin:
        allowed.headers["webhook-allowed-origin"] = origin
    return allowed


def _headers(request: Request) -> dict[str, str]:
    """The headers; the first value of one that is sent several times."""
    found = dict[str, str]()
    for name, value in request.headers.items():
        found.setdefault(name, value)
    return found
