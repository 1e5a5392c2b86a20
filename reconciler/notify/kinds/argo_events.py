"""Argo Events: a webhook EventSource, with its `authSecret` as a bearer token."""

from __future__ import annotations

from typing import Final

from reconciler.notify.kind import Delivery, HttpKind, bearer, json_request
from reconciler.transport.message import HttpRequest


def _request(delivery: Delivery) -> HttpRequest:
    return json_request(delivery, delivery.notification.to_json(), bearer(delivery))


KIND: Final = HttpKind("argo-events", _request)
