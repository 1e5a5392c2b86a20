"""Jenkins: the Generic Webhook Trigger plugin, with the token in its header.

Without a token the plugin starts every matching job, so the secret is required. The token is not in the address,
because addresses get into logs.
"""

from __future__ import annotations

from typing import Final

from reconciler.notify.kind import Delivery, HttpKind, json_request
from reconciler.transport.message import HttpRequest


def _request(delivery: Delivery) -> HttpRequest:
    return json_request(delivery, delivery.notification.to_json(), {"token": delivery.token})


KIND: Final = HttpKind("jenkins", _request)
