"""Matrix: a message into a room. The transaction is the notification's id, so the server drops a repetition.

The address is that of the home server; the room is an option. `m.notice` is the type for programs, which other programs
do not answer (Matrix, client-server API, section 11.2.1.4).
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from reconciler.notify import text
from reconciler.notify.kind import Delivery, HttpKind, bearer, json_request
from reconciler.transport.message import HttpRequest


def _request(delivery: Delivery) -> HttpRequest:
    found = text.summary(delivery.notification)
    room, transaction = (quote(part, safe="") for part in (delivery.options["room"], delivery.notification.id))
    url = delivery.below(f"_matrix/client/v3/rooms/{room}/send/m.room.message/{transaction}")
    body = {
        "msgtype": "m.notice",
        "body": text.plain(found),
        "format": "org.matrix.custom.html",
        "formatted_body": text.html(found),
        "m.mentions": {},
    }
    return json_request(delivery, body, bearer(delivery), url=url, method="PUT")


KIND: Final = HttpKind("matrix", _request)
