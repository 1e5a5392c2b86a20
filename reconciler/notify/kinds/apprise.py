"""Apprise: mail and a hundred other services, through the library of that name (`imagestream-reconciler[apprise]`).

The library is optional, so it is imported when the first such sink is used. It opens its own connections, past the
rules for addresses; therefore its address comes only from a file of the installation, never from the branch. It follows
no redirect, has our time limit, and says only whether the message was taken: a file holds one address, so that a
later try repeats nothing for others.
"""

from __future__ import annotations

import importlib
import logging
from typing import Any, Final

from reconciler import settings
from reconciler.model.notification import Notification
from reconciler.notify import text
from reconciler.notify.outcome import Delivered, Failed, Outcome

MISSING: Final = (
    "kind apprise needs a library that is not installed. "
    "Install imagestream-reconciler[apprise], for example with pipx install 'imagestream-reconciler[apprise]'."
)
_UNKNOWN: Final = (
    "its secret is no address that apprise knows. Write one such as mailtos://USER:PASSWORD@HOST?to=ADDRESS."
)
_SEVERAL: Final = "its secret has several addresses. Write each into a file of its own, with a sink for it."


class AppriseSender:
    """The way to the service at one address of Apprise."""

    def __init__(self, secrets: tuple[bytes, ...]) -> None:
        self._addresses = tuple(secret.decode("utf-8", "replace") for secret in secrets)

    def send(self, notification: Notification) -> Outcome:
        """Send one notification; whatever the library raises is a failure, of which only the type is told."""
        try:
            apprise: Any = importlib.import_module("apprise")  # noqa: TID251 - optional, and slow to import
        except ImportError:
            return Failed(MISSING, retryable=False)
        if len(self._addresses) != 1:
            return Failed(_SEVERAL, retryable=False)
        logging.getLogger("apprise").propagate = False  # its lines may have addresses with passwords
        try:
            return self._deliver(apprise, notification)
        except Exception as error:  # noqa: BLE001 - a hundred services behind one call
            return Failed(f"apprise failed ({type(error).__name__}).")

    def _deliver(self, apprise: Any, notification: Notification) -> Outcome:  # noqa: ANN401 - an optional library
        services = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))
        if not services.add(self._addresses[0]):
            return Failed(_UNKNOWN, retryable=False)
        found = text.summary(notification)
        taken = services.notify(
            title=found.title, body=text.body(found) or found.title, body_format="text", timeout=settings.SINK_TIMEOUT
        )
        service = services[0].service_name
        return Delivered() if taken else Failed(f"{service} did not take the message; apprise gives no reason.")
