"""The list of a repository's tags: all pages to the end, or an error.

The distribution specification pages with `n`, `last` and a `Link` to the next page; registries differ in each of them.

| what is seen                                       | where                    | what is done                         |
| -------------------------------------------------- | ------------------------ | ------------------------------------ |
| `n` above its maximum is 400 or 405                | ECR, distribution        | requested again with 100             |
| `Link` absolute, relative, at another host or path | Artifactory, proxies     | only its query is used, on our path  |
| `Link` without `<>`, or without `rel`              | old zot                  | read as a link to the next page      |
| a full page without `Link`                         | registries without pages | the request names its last tag       |
| `tags: null`; null, numbers, digests among them    | Nexus, Artifactory       | left out                             |
| `sha256-….sig`, `.att`, `.sbom`                    | cosign, referrers        | left out                             |
| oldest first, unsorted                             | quay, ghcr, public ECR   | the order is kept, and not relied on |

A list that cannot be followed to its end is an error, because a shorter list would look as if tags had been deleted.
Such a list has a page that is not a list, a next page that is the same or has nothing new, or too many pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote, urlencode, urlsplit

from reconciler import settings
from reconciler.clock import Clock
from reconciler.errors import RemoteError
from reconciler.model.observation import Reason
from reconciler.model.reference import TAG_RE
from reconciler.registry.answer_error import AnswerError, list_error, mismatch
from reconciler.registry.manifest import ManifestError, parse_json_object
from reconciler.registry.mirror_list import MirrorList
from reconciler.transport.message import HttpResponse, Origin

PAGE = 1000
"""The number of tags that are requested at once; most registries give fewer."""
SMALL_PAGE = 100
"""A number that every registry gives: quay never gives more, and others refuse more."""
_SMALL_HOSTS = {"quay.io", "registry.access.redhat.com"}
_REFUSES_N = {400, 405}
_ATTACHED = re.compile(r"sha(?:256|384|512)-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?", re.ASCII)
# One link of a Link header (RFC 8288, section 3), with or without angle brackets (old zot). Commas before it are empty
# elements, which a list may have (RFC 9110, section 5.6.1).
_LINK = re.compile(
    r"[\s,]*(?:<([^<>]*)>|([^\s;,<>\"]+))((?:\s*;\s*[^\s;,=\"]+(?:\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]*))?)*)\s*"
)
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]*))", re.IGNORECASE)
_MAX_LINK = 8 * settings.KIB
_QUERY_SAFE = "%&=+/?:@!$'()*,;-._~[]"


class LinkError(RemoteError):
    """A `Link` header that cannot be followed; the text continues a sentence that begins with the host."""


def page_size(host: str) -> int:
    """The number of tags to request from a registry at once."""
    return SMALL_PAGE if host in _SMALL_HOSTS else PAGE


def all_tags(repository: MirrorList, size: int, clock: Clock) -> tuple[str, ...]:
    """Every tag once, in the order in which they came; raises `RemoteError` if the end was not reached."""
    end = clock.monotonic() + settings.MAX_LIST_SECONDS
    response, size = _first_page(repository, size)
    pages = _Pages(Origin.of(response.url).name, size)
    query = pages.take(response)
    while query is not None:
        if clock.monotonic() > end:
            text = f"did not finish its list of tags within {settings.MAX_LIST_SECONDS:g} s."
            raise AnswerError(Reason.UNREACHABLE, f"{pages.host} {text}", host=pages.host)
        query = pages.take(repository.tag_page(query))
    return pages.tags


def _first_page(repository: MirrorList, size: int) -> tuple[HttpResponse, int]:
    response = repository.tag_page(f"n={size}")
    if response.status in _REFUSES_N and size > SMALL_PAGE:
        return repository.tag_page(f"n={SMALL_PAGE}"), SMALL_PAGE
    return response, size


@dataclass(slots=True)
class _Pages:
    """The pages of one list so far.

    Entries that are not tags are kept until the end, because they count for the progress of the list.
    """

    host: str
    size: int
    """The number of tags on a full page."""
    _seen: dict[str, None] = field(default_factory=dict)
    _queries: set[str] = field(default_factory=set)
    _guessing: bool = False
    """Whether the page was requested without a `Link` that led to it."""

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that are names of images."""
        return tuple(tag for tag in self._seen if TAG_RE.fullmatch(tag) and not _ATTACHED.fullmatch(tag))

    def take(self, response: HttpResponse) -> str | None:
        """Add a page; returns the query of the next page, None at the end. Raises `AnswerError`."""
        self._check_status(response)
        try:
            entries = _entries(response.body)
            query = next_query(response.headers.get("link", ""))
        except (ManifestError, LinkError) as error:
            raise mismatch(self.host, str(error)) from error
        is_new = self._add(entries)
        if query is not None:
            self._check_progress(query, is_new=is_new or not entries)
            self._guessing = False
            return query
        return self._after(entries) if is_new else None

    def _add(self, entries: list[object]) -> bool:
        before = len(self._seen)
        self._seen.update(dict.fromkeys(entry for entry in entries if isinstance(entry, str)))
        if len(self._seen) > settings.MAX_TAGS:
            raise mismatch(self.host, f"lists more than {settings.MAX_TAGS} tags, which is not supported.")
        return len(self._seen) > before

    def _check_status(self, response: HttpResponse) -> None:
        if response.status == HTTPStatus.OK:
            return
        error = list_error(response)
        if not self._queries:
            raise error
        reason = error.reason if error.reason in {Reason.RATE_LIMITED, Reason.UNREACHABLE} else Reason.MISMATCH
        text = f"broke off its list of tags after {len(self._seen)} ({response.status})."
        raise AnswerError(reason, f"{self.host} {text}", host=self.host)

    def _check_progress(self, query: str, *, is_new: bool) -> None:
        if query in self._queries or not is_new:
            raise mismatch(self.host, f"repeats its list of tags, after {len(self._seen)}.")
        if len(self._queries) >= settings.MAX_TAG_PAGES:
            raise mismatch(self.host, f"has more than {settings.MAX_TAG_PAGES} pages of tags, which is not supported.")
        self._queries.add(query)

    def _after(self, entries: list[object]) -> str | None:
        """The query after a full page without a `Link`, which may not be the last page."""
        if len(entries) != self.size and not self._guessing:
            return None
        self._guessing = True
        last = next(entry for entry in reversed(entries) if isinstance(entry, str))
        query = urlencode({"n": self.size, "last": last}, errors="replace")
        self._check_progress(query, is_new=True)
        return query


def _entries(body: bytes) -> list[object]:
    """All entries of one page, tags or not; raises `ManifestError`."""
    document = parse_json_object(body)
    entries = document.get("tags")
    if "tags" not in document or not isinstance(entries, list | None):
        raise ManifestError("sent a list of tags without tags.")
    return entries or []


def next_query(header: str) -> str | None:
    """The query of the next page in a `Link` header, percent-encoded; None if there is no next page.

    Scheme, host and path are not used: a page of this list is at the path of this list, and an address that a remote
    gives could lead our credentials elsewhere. Raises `LinkError` for a link without a query.
    """
    target = _next_target(header)
    if target is None:
        return None
    try:
        query = urlsplit(target).query
    except ValueError as error:
        raise LinkError("sent a Link that is not a URL.") from error
    if not query:
        raise LinkError("sent a Link to the next page of tags without a query.")
    return quote(query, safe=_QUERY_SAFE)


def _next_target(header: str) -> str | None:
    """The first target whose relation is `next`, or that has no relation."""
    if len(header) > _MAX_LINK:
        raise LinkError(f"sent a Link of more than {_MAX_LINK} characters.")
    header, position = header.rstrip(", \t"), 0
    while position < len(header):
        match = _LINK.match(header, position)
        if match is None or header[match.end() : match.end() + 1] not in {"", ","}:
            raise LinkError("sent a Link that cannot be read.")
        relation = _REL.search(match[3])
        if relation is None or "next" in (relation[1] or relation[2] or "").lower().split():
            return match[1] if match[1] is not None else match[2]
        position = match.end() + 1
    return None
