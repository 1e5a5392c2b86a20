"""Errors of answers: why a registry did not give the image, as one reason and one sentence.

Only the HTTP status decides. Error bodies are optional in the distribution specification, and they differ between
registries.
"""

from __future__ import annotations

from http import HTTPStatus

from reconciler.errors import InputError, RemoteError, UnavailableError
from reconciler.model.observation import Failure, Listing, Question, Reason
from reconciler.transport.message import HttpResponse, Origin
from reconciler.transport.reach import RefusedAddressError

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
"""The HTTP statuses after which the same request may succeed a moment later."""


class AnswerError(RemoteError):
    """A registry answered, but did not give what was requested; the text begins with its host."""

    def __init__(self, reason: Reason, message: str, *, host: str) -> None:
        super().__init__(message, host=host)
        self.reason = reason


_DENIED = "Check the name, and log in with `docker login` if it is private."
# For requests of manifests and blobs: the status, the reason and the sentence; {} is the host.
_STATUS = {
    400: (Reason.INVALID, "{} refuses the request as malformed (400)."),
    401: (Reason.DENIED, "{} denies access (401). " + _DENIED),
    403: (Reason.DENIED, "{} denies access (403). " + _DENIED),
    404: (Reason.NOT_FOUND, "{} does not have it (404). Check the name and the tag."),
    408: (Reason.UNREACHABLE, "{} ran out of time (408)."),
    429: (Reason.RATE_LIMITED, "{} allows no more requests for now (429). It is asked again in the next pass."),
}
_TOKEN_STATUS = {
    401: (Reason.DENIED, "{} gives no token for it (401). " + _DENIED),
    403: (Reason.DENIED, "{} gives no token for it (403). " + _DENIED),
    408: _STATUS[408],
    429: _STATUS[429],
}
_LIST_STATUS = _STATUS | {404: (Reason.NOT_FOUND, "{} does not have the repository (404). Check the name.")}


def status_error(response: HttpResponse) -> AnswerError:
    """The error for a manifest or blob request that was answered with this status."""
    return _by_status(response, _STATUS)


def wrong_credentials(response: HttpResponse, shown: str) -> AnswerError:
    """The error for wrong credentials; `shown` names the place that they came from."""
    host = Origin.of(response.url).name
    text = f"{host} does not take the credentials from {shown} ({response.status}). Correct them, or log in again."
    return AnswerError(Reason.DENIED, text, host=host)


def insufficient_credentials(response: HttpResponse, shown: str) -> AnswerError:
    """The error for credentials that are right but not sufficient; `shown` names the place that they came from."""
    host = Origin.of(response.url).name
    text = f"{host} denies access with the credentials from {shown} ({response.status})."
    return AnswerError(Reason.DENIED, f"{text} Check the name, or log in as a user who may pull it.", host=host)


def token_error(response: HttpResponse, shown: str = "") -> AnswerError:
    """The error for a token server that answered with this status; its 404 does not mean that the image is missing.

    `shown` names the place that the credentials came from; it is empty if the request had none.
    """
    if shown and response.status == HTTPStatus.UNAUTHORIZED:
        return wrong_credentials(response, shown)
    if shown and response.status == HTTPStatus.FORBIDDEN:
        return insufficient_credentials(response, shown)
    return _by_status(response, _TOKEN_STATUS)


def mismatch(host: str, what: str) -> AnswerError:
    """The error for an answer that contradicts the request, the specification or itself.

    `what` follows the host's name.
    """
    return AnswerError(Reason.MISMATCH, f"{host} {what}", host=host)


def missing_digest(host: str, digest: str) -> AnswerError:
    """The error for a tag whose digest the registry announces but does not have."""
    text = f"{host} names {digest} for it and does not have that (404). Push the image again."
    return AnswerError(Reason.NOT_FOUND, text, host=host)


def list_error(response: HttpResponse) -> AnswerError:
    """The error for a tag list request that was answered with this status."""
    return _by_status(response, _LIST_STATUS)


def blocked_registry(host: str, file: str) -> AnswerError:
    """The error for a registry that this machine's registries.conf blocks."""
    text = f"{host} is blocked by {file}. Take the block out there, or name another source."
    return AnswerError(Reason.DENIED, text, host=host)


def failure_of(question: Question | Listing, error: RemoteError | InputError) -> Failure:
    """The failure of a question: the image or repository, the host and the reason, as one sentence for a person."""
    noun = "image" if isinstance(question, Question) else "tags of"
    return Failure(_reason(error), f"{noun} {question}: {error}")


def copy_of(error: RemoteError | InputError, *, retryable: bool | None = None) -> RemoteError | InputError:
    """A new error with the same text, because one exception object must not be raised in several threads.

    `retryable` replaces what the error has; None keeps it.
    """
    if isinstance(error, AnswerError):
        return AnswerError(error.reason, str(error), host=error.host)
    if isinstance(error, InputError):
        return InputError(str(error))
    kind = type(error) if isinstance(error, UnavailableError) else RemoteError
    return kind(str(error), host=error.host, retryable=error.retryable if retryable is None else retryable)


def _reason(error: RemoteError | InputError) -> Reason:
    if isinstance(error, AnswerError):
        return error.reason
    if isinstance(error, InputError):
        return Reason.INVALID
    if isinstance(error, RefusedAddressError):
        return Reason.DENIED
    gone = isinstance(error, UnavailableError) or error.retryable
    return Reason.UNREACHABLE if gone else Reason.MISMATCH


def _by_status(response: HttpResponse, table: dict[int, tuple[Reason, str]]) -> AnswerError:
    host = Origin.of(response.url).name
    reason, text = table.get(response.status) or _otherwise(response.status)
    return AnswerError(reason, text.format(host), host=host)


def _otherwise(status: int) -> tuple[Reason, str]:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Reason.UNREACHABLE, f"{{}} is out of order ({status})."
    return Reason.MISMATCH, f"{{}} answers with status {status}, which has no meaning for this request."
