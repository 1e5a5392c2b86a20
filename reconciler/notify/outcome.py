"""Outcomes: what became of one notification that was sent to one sink.

| outcome                 | the sink                                                     | what follows             |
| ----------------------- | ------------------------------------------------------------ | ------------------------ |
| `Delivered`             | took it (2xx)                                                | the next one             |
| `Refused`               | will never take this one (400, 413, 422 and the like)        | a report; the next one   |
| `Refused`, permanent    | is gone for good (410)                                       | nothing more is sent     |
| `Failed`                | did not answer, or cannot take it now (5xx, 429)             | the same again, later    |
| `Failed`, not retryable | needs a person: a secret, a right, an address (401, 403, 404) | the same again, later   |

Nothing that failed is lost. A message is one line for a person, without secrets.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivered:
    """The sink took the notification."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The sink answered, and will not take this notification however often it is sent."""

    message: str
    permanent: bool = False
    """Whether it will take no other either: the endpoint is gone (410; Standard Webhooks)."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The notification was not delivered."""

    message: str
    retryable: bool = True
    """Whether waiting may be enough; if not, a person has to change something first."""
    retry_after: float | None = None
    """Seconds that the sink asks to wait; None if it did not."""


Outcome = Delivered | Refused | Failed
