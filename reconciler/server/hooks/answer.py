"""The answer to a webhook: a status, at most one line of text, and the name of the status in the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and the text that the sender gets."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"


ACCEPTED: Final = Answer(202, b"accepted\n")
IGNORED: Final = Answer(200, b"nothing of interest\n")
UNKNOWN: Final = Answer(404)
UNAUTHENTICATED: Final = Answer(401)
RESULTS: Final[Mapping[int, str]] = {
    200: "ignored",
    202: "accepted",
    400: "malformed",
    401: "unauthenticated",
    404: "unknown",
    408: "slow",
    413: "too-large",
    415: "malformed",
    500: "failed",
    503: "overloaded",
}
"""The label of each status in the metric `imagestream_hooks_total`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer, and the number of hints in the event."""

    answer: Answer
    hints: int = 0
