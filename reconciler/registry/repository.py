"""Repositories: one repository of one registry, called with the right scheme and credentials.

Every body is checked here: manifests and blobs that are requested by digest must hash to it. The meaning of the bytes
is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from http import HTTPStatus

from reconciler import settings
from reconciler.errors import RemoteError, UnavailableError
from reconciler.model.reference import is_digest
from reconciler.registry.answer_error import insufficient_credentials, mismatch, status_error, wrong_credentials
from reconciler.registry.authentication import RegistryAccess, authorized, request_key
from reconciler.registry.endpoint import Endpoint
from reconciler.registry.exchange import Exchange, RequestTerms
from reconciler.registry.manifest import ACCEPT, MEDIA_TYPES, digest_of, holds, media_type_of
from reconciler.transport.failure import BrokenOffError, NoHttpError, TlsError
from reconciler.transport.message import HttpRequest, HttpResponse, Origin


@dataclass(frozen=True, slots=True)
class ManifestHead:
    """The digest and media type from an answer to HEAD."""

    digest: str
    media_type: str
    host: str


@dataclass(frozen=True, slots=True)
class ManifestContent:
    """The bytes of a manifest, and their digest."""

    digest: str
    content_type: str
    body: bytes
    host: str


class Repository:
    """Sends requests to one repository; as cheap to make as a question."""

    def __init__(self, endpoint: Endpoint, access: RegistryAccess, exchange: Exchange) -> None:
        self._endpoint = endpoint
        self._access = access
        self._exchange = exchange

    def head_or_get(self, identifier: str) -> ManifestHead | ManifestContent:
        """The answer to HEAD for a tag or digest; the bytes of the manifest if HEAD does not tell enough.

        An error status may concern HEAD alone: old Nexus does not have it (404), and proxies refuse it or do not pass
        it on (400, 403, 405, 5xx). Then GET decides, unless the registry allows no more requests. Raises
        `RemoteError` if the registry does not have the manifest or cannot be reached.
        """
        response = self._request("HEAD", f"manifests/{identifier}", settings.MAX_MANIFEST_BYTES, accept=ACCEPT)
        if response.status == HTTPStatus.TOO_MANY_REQUESTS or "retry-after" in response.headers:
            _check(response)
        head = _head(response) if response.status == HTTPStatus.OK else None
        if head is None:
            return self.manifest(identifier)
        if is_digest(identifier) and head.digest != identifier:
            raise mismatch(head.host, f"answers with another digest ({head.digest}) than it was asked for.")
        return head

    def manifest(self, identifier: str) -> ManifestContent:
        """The bytes of a manifest. The digest is computed from the bytes, because many registries send a wrong header.

        Raises `RemoteError` if the registry does not have it, cannot be reached, or sends bytes that do not match the
        digest.
        """
        response = self._request("GET", f"manifests/{identifier}", settings.MAX_MANIFEST_BYTES, accept=ACCEPT)
        _check(response)
        host = Origin.of(response.url).name
        if is_digest(identifier) and not holds(identifier, response.body):
            raise mismatch(host, f"sent other bytes than the digest {identifier} promises.")
        digest = identifier if is_digest(identifier) else digest_of(response.body)
        return ManifestContent(digest, response.headers.get("content-type", ""), response.body, host)

    def blob(self, digest: str, size: int | None) -> bytes:
        """A small blob, checked against its digest and its announced size; raises `RemoteError`."""
        response = self._request("GET", f"blobs/{digest}", settings.MAX_CONFIG_BLOB_BYTES)
        _check(response)
        host = Origin.of(response.url).name
        if size is not None and size != len(response.body):
            raise mismatch(host, f"sent {len(response.body)} bytes for a blob of {size}.")
        if not holds(digest, response.body):
            raise mismatch(host, f"sent other bytes than the digest {digest} promises.")
        return response.body

    def tag_page(self, query: str) -> HttpResponse:
        """One page of the list of tags, whatever its status; raises `RemoteError` if there is no answer."""
        return self._request("GET", f"tags/list?{query}", settings.MAX_TAG_PAGE_BYTES, accept="application/json")

    def _request(self, method: str, path: str, limit: int, *, accept: str = "*/*") -> HttpResponse:
        """Send over the first base URL that works.

        One that does not work is given up for the pass, so this is cheap.
        """
        outcomes: list[HttpResponse | RemoteError] = []
        for base in self._endpoint.bases:
            url = f"{base}/v2/{self._access.repository}/{path}"
            try:
                tries = 1 if _is_guess(outcomes, base) else settings.REGISTRY_TRIES
                outcomes.append(self._send_authorized(HttpRequest(method, url, {"Accept": accept}), base, limit, tries))
            except RemoteError as error:
                outcomes.append(error)
            if not _may_speak_other_scheme(outcomes[-1], is_plain=base.startswith("http:")):
                break
        outcome = _preferred(outcomes)
        if isinstance(outcome, RemoteError):
            raise outcome
        return outcome

    def _send_authorized(self, request: HttpRequest, base: str, limit: int, tries: int) -> HttpResponse:
        """Drive the authentication. While one thread requests a token, threads that need the same one wait for it."""
        access = replace(self._access, base=base)
        terms = RequestTerms(base, self._endpoint.trust, self._endpoint.rule, self._endpoint.reach, tries)
        flow = authorized(request, access)
        step = next(flow)
        with ExitStack() as waiting:
            response = self._exchange.send(step, terms, limit)
            if response.status == HTTPStatus.UNAUTHORIZED:
                waiting.enter_context(access.tokens.request_lock(request_key(response, access)))
            while True:
                try:
                    step = flow.send(response)
                except StopIteration as end:
                    answer: HttpResponse = end.value
                    self._check_credentials(step, answer)
                    return answer
                if step.url == request.url and "Authorization" in step.headers:
                    waiting.close()
                own_limit = limit if step.url == request.url else settings.MAX_TOKEN_BYTES
                response = self._exchange.send(step, terms, own_limit)

    def _check_credentials(self, request: HttpRequest, answer: HttpResponse) -> None:
        """Raise if the credentials are not sufficient, and name the place they came from.

        A 403 to HEAD does not count, because it may concern HEAD alone.
        """
        shown, header = self._access.shown, request.headers.get("Authorization", "")
        if not (shown and header) or Origin.of(answer.url) != Origin.of(request.url):
            return
        if answer.status == HTTPStatus.UNAUTHORIZED and header.startswith("Basic "):
            raise wrong_credentials(answer, shown)
        if answer.status == HTTPStatus.UNAUTHORIZED or (
            answer.status == HTTPStatus.FORBIDDEN and request.method != "HEAD"
        ):
            raise insufficient_credentials(answer, shown)


def _check(response: HttpResponse) -> None:
    if response.status != HTTPStatus.OK:
        raise status_error(response)


def _may_speak_other_scheme(outcome: HttpResponse | RemoteError, *, is_plain: bool) -> bool:
    """Whether the host may give a better answer over the other scheme.

    A TLS server answers plain HTTP with 400 (Go, nginx), with bytes that are not HTTP, or not at all.
    """
    if isinstance(outcome, HttpResponse):
        return is_plain and outcome.status == HTTPStatus.BAD_REQUEST
    if is_plain:
        return isinstance(outcome, NoHttpError | BrokenOffError)
    return isinstance(outcome, UnavailableError) and not isinstance(outcome, TlsError)


def _is_guess(outcomes: Sequence[HttpResponse | RemoteError], base: str) -> bool:
    """Whether TLS is tried only because plain HTTP broke off.

    The registry is mostly down then, so one try is enough.
    """
    return base.startswith("https:") and any(isinstance(outcome, BrokenOffError) for outcome in outcomes)


def _preferred(outcomes: list[HttpResponse | RemoteError]) -> HttpResponse | RemoteError:
    """The outcome that counts after both schemes were tried.

    A 400 to the first means that the host speaks the other.
    """
    first, last = outcomes[0], outcomes[-1]
    if isinstance(last, HttpResponse):
        return first if last.status == HTTPStatus.BAD_REQUEST and isinstance(first, UnavailableError) else last
    is_no_tls = isinstance(first, HttpResponse | NoHttpError | BrokenOffError) and not isinstance(last, TlsError)
    return first if is_no_tls else last


def _head(response: HttpResponse) -> ManifestHead | None:
    """The digest and media type in the headers; None if one is missing or of an unknown kind."""
    digest = response.headers.get("docker-content-digest", "").strip()
    media_type = media_type_of(response.headers.get("content-type", ""))
    known = is_digest(digest) and media_type in MEDIA_TYPES
    return ManifestHead(digest, media_type, Origin.of(response.url).name) if known else None
