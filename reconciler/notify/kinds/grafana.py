"""Grafana: an annotation at the time of the commit, so that graphs show when a tag moved.

The address is that of Grafana itself; without the option `dashboard` the annotation is the organisation's. A repetition
makes a second annotation, because the interface knows no id.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from reconciler.notify import text
from reconciler.notify.kind import Delivery, HttpKind, bearer, json_request
from reconciler.transport.message import HttpRequest


def _request(delivery: Delivery) -> HttpRequest:
    notification = delivery.notification
    tag = notification.tag
    body: dict[str, object] = {
        "time": _milliseconds(notification.time, delivery.time),
        "tags": ["imagestream", notification.event, f"{tag.namespace}/{tag.stream}", str(tag)],
        "text": text.html(text.summary(notification)),
    }
    if "dashboard" in delivery.options:
        body["dashboardUID"] = delivery.options["dashboard"]
    return json_request(delivery, body, bearer(delivery), url=delivery.below("api/annotations"))


def _milliseconds(time: str, now: int) -> int:
    try:
        return int(datetime.fromisoformat(time).timestamp() * 1000)
    except (ValueError, OverflowError):
        return now * 1000


KIND: Final = HttpKind("grafana", _request)
