"""Slack: an incoming webhook; its address is its secret. Mattermost and Rocket.Chat accept the same."""

from __future__ import annotations

from typing import Final

from reconciler.notify import text
from reconciler.notify.kind import Delivery, HttpKind, json_request
from reconciler.transport.message import HttpRequest


def _request(delivery: Delivery) -> HttpRequest:
    found = text.slack(text.summary(delivery.notification))
    body = {"text": found, "mrkdwn": False, "parse": "none", "unfurl_links": False, "unfurl_media": False}
    return json_request(delivery, body)


KIND: Final = HttpKind("slack", _request)
