"""Microsoft Teams: an Adaptive Card for a workflow ("When a Teams webhook request is received").

The address has its signature in `sig=`, so the address is the secret. The connectors of Office 365 are no more; their
message cards are not sent. A workflow answers 202. A `TextRun` is shown as it is written, without markdown.
"""

from __future__ import annotations

from typing import Final

from reconciler.notify import text
from reconciler.notify.kind import Delivery, HttpKind, json_request
from reconciler.transport.message import HttpRequest


def _run(text: str, **style: object) -> dict[str, object]:
    return {"type": "TextRun", "text": text, **style}


def _line(*runs: dict[str, object]) -> dict[str, object]:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _request(delivery: Delivery) -> HttpRequest:
    found = text.summary(delivery.notification)
    facts = [_line(_run(f"{label}: ", isSubtle=True), _run(value)) for label, value in found.facts]
    card: dict[str, object] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [_line(_run(found.title, weight="Bolder")), *facts],
    }
    if found.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": found.link_text, "url": found.link}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return json_request(delivery, {"type": "message", "attachments": [attachment]})


KIND: Final = HttpKind("teams", _request)
