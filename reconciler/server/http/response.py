"""A response: an answer as HTTP, with the headers that every answer has."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from reconciler.server.hooks.answer import Answer

HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_CLOSING: Final = frozenset({400, 401, 404, 408, 413, 503})
"""Statuses after which the connection is closed, without reading the rest of the request."""


def response(answer: Answer) -> Response:
    """The response for an answer."""
    headers = dict(HEADERS)
    if answer.status in _CLOSING:
        headers["connection"] = "close"
    if answer.status == 503:  # noqa: PLR2004 - Service Unavailable
        headers["retry-after"] = "1"
    return Response(answer.body, answer.status, headers, answer.media_type)
