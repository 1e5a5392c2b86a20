"""The sender of every kind that is told by one HTTP request: the one place where a sink is called.

Redirects are not followed, no client certificate is shown, and the answer is bounded. Nothing of a secret, and of an
address that is one, gets into a message: hosts are named, and texts of answers are freed of all its parts.
"""

from __future__ import annotations

from http import HTTPStatus

from reconciler import settings
from reconciler.clock import Clock
from reconciler.errors import RemoteError, UnavailableError, UsageError
from reconciler.model.config import Installation, Sink
from reconciler.model.notification import Notification
from reconciler.model.sink_kind import SINK_KINDS, SecretUse
from reconciler.notify.address import reach_of
from reconciler.notify.answer import outcome_of, secret_parts
from reconciler.notify.kind import Delivery, HttpKind, SecretError
from reconciler.notify.outcome import Delivered, Failed, Outcome
from reconciler.transport.failure import TlsError, TooLargeError
from reconciler.transport.message import HttpRequest, Trust
from reconciler.transport.session import Transport

_TRUST = Trust(shows_certificate=False)


class HttpSender:
    """The way to one sink, with the secrets that its file has now."""

    def __init__(
        self,
        sink: Sink,
        kind: HttpKind,
        secrets: tuple[bytes, ...],
        installation: Installation,
        transport: Transport,
        clock: Clock,
    ) -> None:
        self._sink = sink
        self._kind = kind
        self._installation = installation
        self._transport = transport
        self._clock = clock
        is_address = SINK_KINDS[sink.kind].secret is SecretUse.ADDRESS
        self._url = secrets[0].decode("utf-8", "replace") if is_address and secrets else sink.url
        self._secrets = () if is_address else secrets
        self._hidden = secret_parts(self._url if is_address else "", *(each.decode("latin-1") for each in secrets))

    def send(self, notification: Notification) -> Outcome:
        """Send one notification."""
        delivery = Delivery(
            notification, self._url, self._secrets, self._sink.options, int(self._clock.now().timestamp())
        )
        try:
            request = self._kind.request(delivery)
        except SecretError as error:
            return Failed(str(error), retryable=False)
        except UnicodeError:  # half of a surrogate pair, as JSON can write it
            return Failed("its options have characters that are no text. Write them again.", retryable=False)
        return self._exchange(request)

    def _exchange(self, request: HttpRequest) -> Outcome:
        try:
            reach = reach_of(request.url, self._installation)
            response = self._transport.send(request, limit=settings.MAX_SINK_ANSWER_BYTES, reach=reach, trust=_TRUST)
        except TooLargeError as error:
            return Delivered() if _took(error.status) else Failed(str(error))
        except RemoteError as error:
            is_away = isinstance(error, UnavailableError) and not isinstance(error, TlsError)
            return Failed(str(error), retryable=error.retryable or is_away)
        except UsageError as error:
            return Failed(str(error), retryable=False)
        return self._kind.judge(response) or outcome_of(response, self._clock.now(), self._hidden)


def _took(status: int) -> bool:
    """Whether the status says that the sink took the notification, whatever its answer holds (RFC 9110, 15.3)."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
