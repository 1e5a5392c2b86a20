"""CloudEvents 1.0 over HTTP, signed as Standard Webhooks.

| attribute         | value                                                                          |
| ----------------- | ------------------------------------------------------------------------------ |
| `id`              | that of the notification: a later try has the same                              |
| `source`          | the address of the repository, or `urn:imagestream-reconciler` without a remote |
| `type`            | `dev.imagestream.tag.` and the word of the event                                |
| `subject`         | the istag                                                                      |
| `time`            | that of the commit                                                             |
| `datacontenttype` | `application/json`: the notification                                           |

The SDK writes both modes (CloudEvents HTTP binding 1.0.2, sections 3.1 and 3.2); it percent-encodes header values.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from cloudevents.core.bindings.http import HTTPMessage, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from reconciler.model.notification import Notification
from reconciler.notify.kind import JSON_TYPE, Delivery, HttpKind
from reconciler.notify.signature import standard_webhooks
from reconciler.transport.message import HttpRequest

TYPE_PREFIX: Final = "dev.imagestream.tag."
NO_SOURCE: Final = "urn:imagestream-reconciler"
_URI: Final = "!#$%&'()*+,/:;=?@[]~-._"
"""The characters that a URI may have beside letters and digits (RFC 3986)."""
_SHORT: Final = re.compile(r"(?P<host>(?:[^@/:\s]+@)?[^@/:\s]+):(?P<path>(?!//)[^\s]+)")
_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def attributes_of(notification: Notification) -> dict[str, object]:
    """The attributes of the event."""
    return {
        "specversion": "1.0",
        "id": notification.id,
        "source": source_of(notification.repository),
        "type": f"{TYPE_PREFIX}{notification.event}",
        "subject": str(notification.tag),
        "time": _time(notification.time),
        "datacontenttype": JSON_TYPE,
    }


def source_of(repository: str) -> str:
    """The address of a repository as a URI-reference (RFC 3986); git's short form `USER@HOST:PATH` becomes `ssh://`."""
    short = _SHORT.fullmatch(repository)
    address = f"ssh://{short['host']}/{short['path'].lstrip('/')}" if short else repository
    return quote(_LONE_PERCENT.sub("%25", address), safe=_URI) or NO_SOURCE


def binary(notification: Notification) -> HTTPMessage:
    """The event with its attributes as headers and the notification as its body."""
    return to_binary_event(CloudEvent(attributes_of(notification), notification.to_json()))


def _structured(notification: Notification) -> HTTPMessage:
    return to_structured_event(CloudEvent(attributes_of(notification), notification.to_json()))


def _request(delivery: Delivery) -> HttpRequest:
    write = _structured if delivery.options.get("mode") == "structured" else binary
    message = write(delivery.notification)
    headers = dict(message.headers)
    if delivery.secrets:
        headers |= standard_webhooks(delivery.notification.id, delivery.time, message.body, delivery.secrets)
    return HttpRequest("POST", delivery.url, headers, message.body)


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


KIND: Final = HttpKind("cloudevents", _request)
