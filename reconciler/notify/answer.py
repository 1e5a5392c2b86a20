"""Answers: what a status of HTTP means for a notification. A kind may know better (`HttpKind.judge`).

| status                            | outcome                                        |
| --------------------------------- | ---------------------------------------------- |
| 2xx                               | delivered                                      |
| 3xx                               | failed: redirects are not followed             |
| 401, 403, 404, 405, 407           | failed, until a person changed something       |
| 408, 425, 429, 5xx, anything else | failed; the sink may say when to come back     |
| 410                               | refused for good (Standard Webhooks)           |
| other 4xx                         | refused: this notification will never be taken |
"""

from __future__ import annotations

import json
import math
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from reconciler import settings
from reconciler.model.redaction import HIDDEN
from reconciler.model.text import line
from reconciler.notify.outcome import Delivered, Failed, Outcome, Refused
from reconciler.transport.message import HttpResponse, Origin
from reconciler.transport.retry_after import retry_after

_FOR_A_PERSON: Final = {401, 403, 404, 405, 407}
_LATER: Final = {408, 425, 429}
_ADVICE: Final = {
    401: "Check its secret.",
    403: "Check its secret, and what that may do.",
    404: "Check its address, and what its secret may see.",
    405: "Check its address and kind.",
}
_MAX_EXCERPT: Final = 200
"""Characters of an answer in a message."""
_SHORTEST: Final = 6
"""Characters of the shortest part of an address or secret that is hidden in an answer."""


def outcome_of(response: HttpResponse, now: datetime, secrets: tuple[str, ...] = ()) -> Outcome:
    """The usual meaning of an answer. `secrets` are texts that its message must not have."""
    status = response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Delivered()
    host = Origin.of(response.url).name
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Failed(f"{host} redirects ({status}), which is not followed. Write the final address.", retryable=False)
    said = f"{host} answers {status}{_quoted(response, secrets)}."
    advice = f" {_ADVICE[status]}" if status in _ADVICE else ""
    pause = _pause(response, now)
    if status == HTTPStatus.GONE:
        return Refused(f"{said} It takes no more notifications; take the sink out, or correct it.", permanent=True)
    if status in _FOR_A_PERSON:
        return Failed(said + advice, retryable=pause is not None, retry_after=pause)
    if status in _LATER or not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Failed(said, retry_after=pause)
    return Refused(said)


def secret_parts(*texts: str) -> tuple[str, ...]:
    """What to hide of secrets and secret addresses in an answer.

    Each of them, the longer parts of an address, and all these as a URL or JSON spells them.
    """
    parts = {part for text in texts for part in (text, *_address_parts(text))}
    found = {form for part in parts for form in (part, quote(part, safe="", errors="replace"), json.dumps(part)[1:-1])}
    return tuple(sorted((each for each in found if len(each) >= _SHORTEST), key=len, reverse=True))


def _address_parts(text: str) -> list[str]:
    """The parts of the path and the query of an address, as they are and decoded."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return []
    pieces = [*parts.path.split("/"), *(each.partition("=")[2] for each in parts.query.split("&"))]
    return [*pieces, *map(unquote, pieces)]


def _quoted(response: HttpResponse, secrets: tuple[str, ...]) -> str:
    text = response.body[: 4 * _MAX_EXCERPT].decode("utf-8", "replace")
    if len(response.body) > 4 * _MAX_EXCERPT:  # the cut may have left half of a secret
        text = text[: -max(map(len, secrets), default=0) or None]
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    text = line(text, _MAX_EXCERPT)
    return f" ({text})" if text else ""


def _pause(response: HttpResponse, now: datetime) -> float | None:
    """The seconds that the sink asks to wait, at most `SINK_MAX_PAUSE`; None if it does not ask."""
    seconds = retry_after(response, now) or _matrix_pause(response)
    return min(seconds, settings.SINK_MAX_PAUSE) if seconds > 0 else None


def _matrix_pause(response: HttpResponse) -> float:
    """`retry_after_ms` in the body of a 429 (Matrix, client-server API, section 2.2)."""
    if response.status != HTTPStatus.TOO_MANY_REQUESTS:
        return 0.0
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return 0.0
    value = found.get("retry_after_ms") if isinstance(found, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0.0
    return value / 1000
