"""One repository in all its places: mirrors in their order, then the registry itself.

What one place does not give, the next one is asked for; what the last one says counts. Every place has its own base
URL, trust and credentials, and bytes that were asked for by digest are checked whoever sends them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reconciler.errors import RemoteError
from reconciler.registry.repository import ManifestContent, ManifestHead, Repository
from reconciler.transport.message import Response

Places = Callable[[str], tuple[Repository, ...]]
"""Where a tag or digest is to be had, at least one; for an empty text, where tags are listed. Raises `RemoteError`."""
T = TypeVar("T")


class MirrorList:
    """Asks for each piece of an image where it may be had; as cheap to make as a question."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def head_or_get(self, identifier: str) -> ManifestHead | ManifestContent:
        """As `Repository.look`."""
        return self._first(identifier, lambda place: place.head_or_get(identifier))

    def manifest(self, identifier: str) -> ManifestContent:
        """As `Repository.manifest`."""
        return self._first(identifier, lambda place: place.manifest(identifier))

    def blob(self, digest: str, size: int | None) -> bytes:
        """As `Repository.blob`."""
        return self._first(digest, lambda place: place.blob(digest, size))

    def tag_page(self, query: str) -> Response:
        """As `Repository.tag_page`; mirrors list what they happen to have, so they are not asked."""
        return self._first("", lambda place: place.tag_page(query))

    def _first(self, identifier: str, ask: Callable[[Repository], T]) -> T:
        *others, last = self._places(identifier)
        for place in others:
            try:
                return ask(place)
            except RemoteError:
                continue
        return ask(last)
