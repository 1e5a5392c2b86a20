"""GitHub: a `repository_dispatch` event, which starts workflows of the default branch.

GitHub allows ten properties at the top of `client_payload`, so the notification is one of them, beside what a build
reads most. `event_type` is `imagestream` unless the sink names another; a test has `-test` behind it, so that it starts
no build.
"""

from __future__ import annotations

from typing import Final

from reconciler.notify.kind import Delivery, HttpKind, bearer, json_request
from reconciler.transport.message import HttpRequest

HEADERS: Final = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_MAX_TYPE: Final = 100
"""Characters of an event type that GitHub accepts."""


def _request(delivery: Delivery) -> HttpRequest:
    notification = delivery.notification
    event = delivery.options.get("event", "imagestream") + ("-test" if notification.is_test else "")
    payload = {
        "event": notification.event,
        "tag": str(notification.tag),
        "image": notification.image,
        "previous": notification.previous,
        "dockerImageReference": notification.pull_spec,
        "version": notification.version,
        "previousVersion": notification.previous_version,
        "notification": notification.to_json(),
    }
    body = {"event_type": event[-_MAX_TYPE:], "client_payload": payload}
    return json_request(delivery, body, HEADERS | bearer(delivery))


KIND: Final = HttpKind("github", _request)
