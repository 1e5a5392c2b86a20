"""Repositories: one repository of one registry, asked with the right scheme and credentials.

Every body is checked here: manifests and blobs asked for by digest hash to it, or the registry lies. What bytes mean is
not decided here.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from http import HTTPStatus

from reconciler import settings
from reconciler.errors import RemoteError, UnavailableError
from reconciler.model.reference import is_digest
from reconciler.registry.authentication import Access, authorized, flight
from reconciler.registry.endpoint import Endpoint
from reconciler.registry.exchange import Exchange, Route
from reconciler.registry.manifest import ACCEPT, MEDIA_TYPES, digest_of, holds, media_type_of
from reconciler.registry.refusal import mismatch, refusal
from reconciler.transport.message import Origin, Request, Response

# A registry that has no HEAD; GET does the same, only dearer.
_NO_HEAD = {405, 501}


@dataclass(frozen=True, slots=True)
class Head:
    """What a HEAD said, where it said enough."""

    digest: str
    media_type: str
    host: str


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a manifest, and their digest."""

    digest: str
    content_type: str
    body: bytes
    host: str


class Repository:
    """Asks one repository; as cheap to make as a question."""

    def __init__(self, endpoint: Endpoint, access: Access, exchange: Exchange) -> None:
        self._endpoint = endpoint
        self._access = access
        self._exchange = exchange

    def head(self, identifier: str) -> Head | None:
        """What HEAD says about a tag or digest; None where it says too little and only GET can tell.

        Raises `RemoteError` when the registry does not have it or cannot be asked.
        """
        response = self._ask("HEAD", f"manifests/{identifier}", settings.MAX_MANIFEST_BYTES, accept=ACCEPT)
        if response.status in _NO_HEAD:
            return None
        _check(response)
        host = Origin.of(response.url).name
        digest = response.headers.get("docker-content-digest", "").strip()
        media_type = media_type_of(response.headers.get("content-type", ""))
        if not is_digest(digest) or media_type not in MEDIA_TYPES:
            return None
        if is_digest(identifier) and digest != identifier:
            raise mismatch(host, f"answers with another digest ({digest}) than it was asked for.")
        return Head(digest, media_type, host)

    def manifest(self, identifier: str) -> Content:
        """The bytes of a manifest. The digest is that of the bytes, whatever the header says: many get it wrong.

        Raises `RemoteError` when the registry does not have it, cannot be asked, or sends other bytes than a digest
        promises.
        """
        response = self._ask("GET", f"manifests/{identifier}", settings.MAX_MANIFEST_BYTES, accept=ACCEPT)
        _check(response)
        host = Origin.of(response.url).name
        if is_digest(identifier) and not holds(identifier, response.body):
            raise mismatch(host, f"sent other bytes than the digest {identifier} promises.")
        digest = identifier if is_digest(identifier) else digest_of(response.body)
        return Content(digest, response.headers.get("content-type", ""), response.body, host)

    def blob(self, digest: str, size: int | None) -> bytes:
        """A small blob, checked against its digest and its announced size; raises `RemoteError`."""
        response = self._ask("GET", f"blobs/{digest}", settings.MAX_CONFIG_BLOB_BYTES)
        _check(response)
        host = Origin.of(response.url).name
        if size is not None and size != len(response.body):
            raise mismatch(host, f"sent {len(response.body)} bytes for a blob of {size}.")
        if not holds(digest, response.body):
            raise mismatch(host, f"sent other bytes than the digest {digest} promises.")
        return response.body

    def tag_page(self, query: str) -> Response:
        """One page of the list of tags, whatever its status; raises `RemoteError` when there is no answer."""
        return self._ask("GET", f"tags/list?{query}", settings.MAX_TAG_PAGE_BYTES, accept="application/json")

    def _ask(self, method: str, path: str, limit: int, *, accept: str = "*/*") -> Response:
        """Over the first base URL that can be talked to; one that cannot is given up for the pass, so this is cheap."""
        last: RemoteError | None = None
        for base in self._endpoint.bases:
            url = f"{base}/v2/{self._access.repository}/{path}"
            try:
                return self._converse(Request(method, url, {"Accept": accept}), base, limit)
            except UnavailableError as error:
                last = error
        if last is None:
            raise AssertionError("an endpoint has a base URL")
        raise last

    def _converse(self, request: Request, base: str, limit: int) -> Response:
        """Drive the authentication. While it asks for a grant, other threads that need the same one wait for it."""
        access = replace(self._access, base=base)
        route = Route(base, self._endpoint.trust, self._endpoint.rule)
        flow = authorized(request, access)
        step = next(flow)
        with ExitStack() as waiting:
            response = self._exchange.send(step, route, limit)
            if response.status == HTTPStatus.UNAUTHORIZED:
                waiting.enter_context(access.grants.flight(flight(response, access)))
            while True:
                try:
                    step = flow.send(response)
                except StopIteration as end:
                    answer: Response = end.value
                    return answer
                if step.url == request.url and "Authorization" in step.headers:
                    waiting.close()
                own_limit = limit if step.url == request.url else settings.MAX_TOKEN_BYTES
                response = self._exchange.send(step, route, own_limit)


def _check(response: Response) -> None:
    if response.status != HTTPStatus.OK:
        raise refusal(response)
