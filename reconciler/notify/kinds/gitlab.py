"""GitLab: a pipeline started by its trigger token, with what a build needs as variables.

The token goes in the form, as GitLab has it, so that no address holds it. Variables reach a job as its environment.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from reconciler.model.notification import Notification
from reconciler.notify.kind import Delivery, HttpKind, json_bytes
from reconciler.transport.message import HttpRequest

FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def variables_of(notification: Notification) -> dict[str, str]:
    """What a build reads, as variables of its environment; empty where there is no value."""
    return {
        "IMAGESTREAM_EVENT": notification.event,
        "IMAGESTREAM_TAG": str(notification.tag),
        "IMAGESTREAM_IMAGE": notification.image or "",
        "IMAGESTREAM_PREVIOUS": notification.previous or "",
        "IMAGESTREAM_PULL_SPEC": notification.pull_spec or "",
        "IMAGESTREAM_VERSION": notification.version or "",
        "IMAGESTREAM_PREVIOUS_VERSION": notification.previous_version or "",
        "IMAGESTREAM_COMMIT": notification.commit,
        "IMAGESTREAM_ID": notification.id,
        "IMAGESTREAM_NOTIFICATION": json_bytes(notification.to_json()).decode(),
    }


def _request(delivery: Delivery) -> HttpRequest:
    form = {"token": delivery.token, "ref": delivery.options["ref"]}
    form |= {f"variables[{name}]": value for name, value in variables_of(delivery.notification).items()}
    return HttpRequest("POST", delivery.url, FORM, urlencode(form).encode())


KIND: Final = HttpKind("gitlab", _request)
