"""One repository with its mirrors: the mirrors in their order, then the registry itself.

If one pull source fails, the next one is tried; the error of the last one counts. Every source has its own base URL,
TLS settings and credentials. Bytes that are requested by digest are checked, whichever source sends them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reconciler.errors import RemoteError
from reconciler.registry.repository import ManifestContent, ManifestHead, Repository
from reconciler.transport.message import HttpResponse

RepositoriesFor = Callable[[str], tuple[Repository, ...]]
"""The pull sources of a tag or digest, at least one; of an empty text those for lists of tags. Raises `RemoteError`."""
T = TypeVar("T")


class MirrorList:
    """Requests each piece of an image where it is available; as cheap to make as a question."""

    def __init__(self, places: RepositoriesFor) -> None:
        self._places = places

    def head_or_get(self, identifier: str) -> ManifestHead | ManifestContent:
        """As `Repository.head_or_get`."""
        return self._first(identifier, lambda place: place.head_or_get(identifier))

    def manifest(self, identifier: str) -> ManifestContent:
        """As `Repository.manifest`."""
        return self._first(identifier, lambda place: place.manifest(identifier))

    def blob(self, digest: str, size: int | None) -> bytes:
        """As `Repository.blob`."""
        return self._first(digest, lambda place: place.blob(digest, size))

    def tag_page(self, query: str) -> HttpResponse:
        """As `Repository.tag_page`; mirrors are left out, because they list only what they happen to have."""
        return self._first("", lambda place: place.tag_page(query))

    def _first(self, identifier: str, request: Callable[[Repository], T]) -> T:
        *others, last = self._places(identifier)
        for place in others:
            try:
                return request(place)
            except RemoteError:
                continue
        return request(last)
