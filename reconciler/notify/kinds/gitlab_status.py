"""GitLab: a commit status on the commit that moved the tag, with a name of its own for each istag.

The address is that of the project in the API: `https://gitlab.com/api/v4/projects/ID`. GitLab refuses a status that the
commit has already; that is the answer to a repetition, and counts as delivered.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from reconciler.notify.kind import Delivery, HttpKind, json_request
from reconciler.notify.kinds.github_status import context_of, description_of
from reconciler.notify.outcome import Delivered, Outcome
from reconciler.transport.message import HttpRequest, HttpResponse

_REPEATED: Final = b"Cannot transition status"


def _request(delivery: Delivery) -> HttpRequest:
    body = {"state": "success", "name": context_of(delivery), "description": description_of(delivery)}
    url = delivery.below(f"statuses/{delivery.notification.commit}")
    return json_request(delivery, body, {"PRIVATE-TOKEN": delivery.token}, url=url)


def _judge(response: HttpResponse) -> Outcome | None:
    is_repeated = response.status == HTTPStatus.BAD_REQUEST and _REPEATED in response.body
    return Delivered() if is_repeated else None


KIND: Final = HttpKind("gitlab-status", _request, _judge)
