"""Tekton: a JSON event for an EventListener, signed as GitHub's webhooks are, with the attributes of its CloudEvent.

The GitHub interceptor checks `X-Hub-Signature-256` and the type in `X-GitHub-Event`; a CEL interceptor finds the same
attributes as in a CloudEvent in `header['Ce-Type']` and its like. The listener answers 202.
"""

from __future__ import annotations

from typing import Final

from reconciler.notify.kind import Delivery, HttpKind
from reconciler.notify.kinds.cloudevents import binary
from reconciler.notify.signature import hub_signature
from reconciler.transport.message import HttpRequest


def _request(delivery: Delivery) -> HttpRequest:
    message = binary(delivery.notification)
    headers = message.headers | {"X-GitHub-Event": "imagestream"}
    if delivery.secrets:
        headers |= hub_signature(message.body, delivery.secrets[0])
    return HttpRequest("POST", delivery.url, headers, message.body)


KIND: Final = HttpKind("tekton", _request)
