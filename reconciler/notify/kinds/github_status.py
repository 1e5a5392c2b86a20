"""GitHub: a commit status on the commit that moved the tag, with a context of its own for each istag.

The address is that of the repository in the API: `https://api.github.com/repos/OWNER/NAME`. The same status twice is
one to GitHub, because the newest of a context counts.
"""

from __future__ import annotations

from typing import Final

from reconciler.notify import text
from reconciler.notify.kind import Delivery, HttpKind, bearer, json_request
from reconciler.notify.kinds.github import HEADERS
from reconciler.transport.message import HttpRequest

MAX_DESCRIPTION: Final = 140
"""Characters of a status that GitHub accepts."""
_MAX_CONTEXT: Final = 255


def context_of(delivery: Delivery) -> str:
    """The name of the status: the option `context` (default `imagestream`) and the istag."""
    return f"{delivery.options.get('context', 'imagestream')}: {delivery.notification.tag}"[:_MAX_CONTEXT]


def description_of(delivery: Delivery) -> str:
    """What happened, in the characters that a status has."""
    title = text.summary(delivery.notification).title
    return title if len(title) <= MAX_DESCRIPTION else f"{title[: MAX_DESCRIPTION - 1]}…"


def _request(delivery: Delivery) -> HttpRequest:
    body = {"state": "success", "context": context_of(delivery), "description": description_of(delivery)}
    url = delivery.below(f"statuses/{delivery.notification.commit}")
    return json_request(delivery, body, HEADERS | bearer(delivery), url=url)


KIND: Final = HttpKind("github-status", _request)
