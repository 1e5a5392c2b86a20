"""All tags of a repository, or a failure: every way in which registries page, and every way to miss the end."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import settings
from reconciler.model.config import Installation, RegistryRule
from reconciler.model.host import Host
from reconciler.model.observation import Failure, Listed, Listing, Reason
from reconciler.registry.client import RegistryClient
from reconciler.registry.credentials.credential import Credential, Credentials
from reconciler.registry.listing import LinkError, all_tags, next_query, page_size
from tests.kit.clock import FakeClock
from tests.kit.faults import Behaviour, CutBody, Decide, EndlessBody, FaultServer, Recorded, Reply, Route, as_json, html
from tests.kit.images import Pusher
from tests.kit.real_registry import RealRegistry
from tests.registry.conftest import MakeClient

PATH = "/v2/a/b/tags/list"
HEX = "9f2c1ab04d77" + "0" * 52


def page(*tags: object, link: str | None = None) -> Reply:
    """One page of a list, with or without a `Link`."""
    reply = as_json({"name": "a/b", "tags": list(tags)})
    return reply if link is None else Reply(200, {**reply.headers, "Link": link}, reply.body)


def paged(pages: Mapping[str, Behaviour]) -> dict[str, Route]:
    """Pages by the query that requests them; any other query is refused, so that a wrong one cannot pass."""

    def choose(request: Recorded) -> Behaviour:
        query = "&".join(f"{name}={value}" for name, values in request.query.items() for value in values)
        return pages.get(query, Reply(418))

    return {f"GET {PATH}": Decide(choose)}


def listing(server: FaultServer) -> Listing:
    return Listing(Host(server.address), "a/b")


def failed(server: FaultServer, reason: Reason, text: str) -> Failure:
    return Failure(reason, f"tags of {server.address}/a/b: {server.address} {text}")


NEXT = f"{PATH}?last=2&n=2"


@pytest.mark.parametrize(
    "link",
    [
        f'<{NEXT}>; rel="next"',
        f"<{NEXT}>; rel=next",
        f'<{NEXT}>; REL="Next"',
        f'<{NEXT}>; title="a, b; c"; rel="prev next"',
        f"<{NEXT}>",
        f"{NEXT}; rel=next",
        f'<{PATH}?last=0&n=2>; rel="prev", <{NEXT}>; rel="next"',
        '<?last=2&n=2>; rel="next"',
        '<list?last=2&n=2>; rel="next"',
        f'<http://127.0.0.2:1{NEXT}>; rel="next"',
        f'<https://elsewhere.example.com{NEXT}>; rel="next"',
        f'<//169.254.169.254{NEXT}>; rel="next"',
        '</v2/b/tags/list?last=2&n=2>; rel="next"',  # Artifactory leaves the virtual repository out
        '</artifactory/api/docker/repo/v2/b/tags/list?last=2&n=2>; rel="next"',
        f'<{NEXT}#fragment>; rel="next"',
        f' <{NEXT}> ; rel="next" ',
        f', ,<{NEXT}>; rel="next", ,',
    ],
)
def test_a_link_to_the_next_page_is_followed_in_every_spelling(client: RegistryClient, link: str) -> None:
    with FaultServer(paged({"n=1000": page("1", "2", link=link), "last=2&n=2": page("3")})) as server:
        assert client.list_tags(listing(server)) == Listed(("1", "2", "3"))
    assert server.requested() == [f"GET {PATH}"] * 2


def test_an_opaque_cursor_is_given_back_to_the_byte(client: RegistryClient) -> None:
    cursor = "next_page=gAAAA%2Bx%3D%3D&n=100"
    pages = {"n=1000": page("1", link=f'<{PATH}?{cursor}>; rel="next"'), "next_page=gAAAA+x==&n=100": page("2")}
    with FaultServer(paged(pages)) as server:
        assert client.list_tags(listing(server)) == Listed(("1", "2"))


@pytest.mark.parametrize(
    "link", ['<x?last=1>; rel="prev"', "<x?last=1>; rel=canonical", "<x?a=1>; rel=prev, ,", " , ", ""]
)
def test_a_list_without_a_next_page_is_whole(client: RegistryClient, link: str) -> None:
    with FaultServer(paged({"n=1000": page("1", "2", link=link)})) as server:
        assert client.list_tags(listing(server)) == Listed(("1", "2"))


@pytest.mark.parametrize("status", [400, 405])
def test_a_registry_that_refuses_pages_of_a_thousand_gets_requests_for_a_hundred(
    client: RegistryClient, status: int
) -> None:
    with FaultServer(paged({"n=1000": Reply(status), "n=100": page("1")})) as server:
        assert client.list_tags(listing(server)) == Listed(("1",))


@pytest.mark.parametrize(("host", "size"), [("quay.io", 100), ("registry.access.redhat.com", 100), ("docker.io", 1000)])
def test_quay_and_its_like_get_requests_for_a_hundred(host: str, size: int) -> None:
    assert page_size(host) == size


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        (None, ()),
        ([], ()),
        (["1", None, "2"], ("1", "2")),
        (["1", 5, True, {}, [], 1.5], ("1",)),
        (["", ".x", "-x", "a b", "a/b", "t" * 129, "é", "1\n"], ()),
        ([f"sha256:{HEX}", "1"], ("1",)),
        ([f"sha256-{HEX}{suffix}" for suffix in ("", ".sig", ".att", ".sbom")], ()),
        ([f"sha256-{HEX}.txt", "sha256-abc", "sha256"], (f"sha256-{HEX}.txt", "sha256-abc", "sha256")),
        (["b", "a", "b", "a"], ("b", "a")),
        (["t" * 128, "1.10", "_x"], ("t" * 128, "1.10", "_x")),
        (["\ud800"], ()),
    ],
)
def test_entries_that_are_not_tags_of_images_are_left_out(
    client: RegistryClient, tags: object, kept: tuple[str, ...]
) -> None:
    with FaultServer(paged({"n=1000": as_json({"name": "a/b", "tags": tags})})) as server:
        assert client.list_tags(listing(server)) == Listed(kept)


def test_a_page_of_signatures_alone_is_not_the_end(client: RegistryClient) -> None:
    signatures = [f"sha256-{number:064x}.sig" for number in range(3)]
    pages = {"n=1000": page(*signatures, link="<?last=x>; rel=next"), "last=x": page("1")}
    with FaultServer(paged(pages)) as server:
        assert client.list_tags(listing(server)) == Listed(("1",))


def test_an_empty_page_that_leads_on_is_not_the_end(client: RegistryClient) -> None:
    """The specification allows a page with fewer tags than requested, if it has a `Link`."""
    pages = {"n=1000": page(link="<?last=x>; rel=next"), "last=x": page("1")}
    with FaultServer(paged(pages)) as server:
        assert client.list_tags(listing(server)) == Listed(("1",))


def test_googles_extra_maps_do_not_matter(client: RegistryClient) -> None:
    manifests = {f"sha256:{HEX}": {"tag": ["1"], "timeCreatedMs": "0"}}
    answer = as_json({"child": ["c"], "manifest": manifests, "name": "a/b", "tags": ["1"]})
    with FaultServer(paged({"n=1000": answer})) as server:
        assert client.list_tags(listing(server)) == Listed(("1",))


FULL = [f"v{number}" for number in range(1000)]


def test_a_full_page_without_a_link_may_have_a_successor(client: RegistryClient) -> None:
    pages = {"n=1000": page(*FULL), "n=1000&last=v999": page("x"), "n=1000&last=x": page()}
    with FaultServer(paged(pages)) as server:
        assert client.list_tags(listing(server)) == Listed((*FULL, "x"))


def test_a_registry_that_always_sends_everything_is_believed(client: RegistryClient) -> None:
    with FaultServer({f"GET {PATH}": page(*FULL)}) as server:
        assert client.list_tags(listing(server)) == Listed(tuple(FULL))
    assert len(server.requests) == 2
    with FaultServer({f"GET {PATH}": page(*FULL, "x")}) as server:
        assert client.list_tags(listing(server)) == Listed((*FULL, "x"))
    assert len(server.requests) == 1


LEADS_ON = page("1", link="<?last=1>; rel=next")

# The first page, the next one, and the reason why there is no list.
BROKEN: list[tuple[Behaviour, Behaviour, Reason, str]] = [
    (html(), page(), Reason.MISMATCH, "sent something that is not JSON."),
    (as_json([]), page(), Reason.MISMATCH, "sent JSON that is not an object."),
    (as_json({"name": "a/b"}), page(), Reason.MISMATCH, "sent a list of tags without tags."),
    (as_json({"tags": {"1": {}}}), page(), Reason.MISMATCH, "sent a list of tags without tags."),
    (as_json({"errors": []}), page(), Reason.MISMATCH, "sent a list of tags without tags."),
    (EndlessBody(), page(), Reason.MISMATCH, "sent more than the 16777216 bytes that are allowed."),
    (CutBody(), page(), Reason.UNREACHABLE, "broke its answer off in the middle."),
    (Reply(404), page(), Reason.NOT_FOUND, "does not have the repository (404). Check the name."),
    (
        Reply(401),
        page(),
        Reason.DENIED,
        "denies access (401). Check the name, and log in with `docker login` if it is private.",
    ),
    (Reply(405), page(), Reason.MISMATCH, "answers with status 405, which has no meaning for this request."),
    (page("1", link="<<>>"), page(), Reason.MISMATCH, "sent a Link that cannot be read."),
    (page("1", link="<?a=1>; rel=prev x"), page(), Reason.MISMATCH, "sent a Link that cannot be read."),
    (page("1", link="<http://[::1?a=1>"), page(), Reason.MISMATCH, "sent a Link that is not a URL."),
    (
        page("1", link=f"<{PATH}>; rel=next"),
        page(),
        Reason.MISMATCH,
        "sent a Link to the next page of tags without a query.",
    ),
    (
        page("1", link=f"<?{'x' * 9000}>; rel=next"),
        page(),
        Reason.MISMATCH,
        "sent a Link of more than 8192 characters.",
    ),
    (LEADS_ON, LEADS_ON, Reason.MISMATCH, "repeats its list of tags, after 1."),
    (
        LEADS_ON,
        page("2", link="<?last=1>; rel=next"),
        Reason.MISMATCH,
        "repeats its list of tags, after 2.",
    ),
    (
        LEADS_ON,
        page("1", link="<?last=2>; rel=next"),
        Reason.MISMATCH,
        "repeats its list of tags, after 1.",
    ),
    (LEADS_ON, html(), Reason.MISMATCH, "sent something that is not JSON."),
    (LEADS_ON, CutBody(), Reason.UNREACHABLE, "broke its answer off in the middle."),
    (LEADS_ON, Reply(404), Reason.MISMATCH, "broke off its list of tags after 1 (404)."),
    (LEADS_ON, Reply(401), Reason.MISMATCH, "broke off its list of tags after 1 (401)."),
    (LEADS_ON, Reply(400), Reason.MISMATCH, "broke off its list of tags after 1 (400)."),
    (LEADS_ON, Reply(500), Reason.UNREACHABLE, "broke off its list of tags after 1 (500)."),
    (
        LEADS_ON,
        Reply(429),
        Reason.RATE_LIMITED,
        "allows no more requests for now (429). It is asked again in the next pass.",
    ),
    (page(*FULL), Reply(404), Reason.MISMATCH, "broke off its list of tags after 1000 (404)."),
]


@pytest.mark.parametrize(("first", "second", "reason", "text"), BROKEN)
def test_a_list_that_does_not_come_to_its_end_is_a_failure(
    client: RegistryClient, first: Behaviour, second: Behaviour, reason: Reason, text: str
) -> None:
    def choose(request: Recorded) -> Behaviour:
        return second if "last" in request.query else first

    with FaultServer({f"GET {PATH}": Decide(choose)}) as server:
        assert client.list_tags(listing(server)) == failed(server, reason, text)


def endless(request: Recorded) -> Behaviour:
    """A page with one new tag and a next page, without end."""
    number = int(request.query.get("last", ["0"])[0])
    return page(f"v{number}", link=f"<?last={number + 1}>; rel=next")


def test_a_list_of_too_many_pages_is_a_failure(client: RegistryClient) -> None:
    with FaultServer({f"GET {PATH}": Decide(endless)}) as server:
        answer = client.list_tags(listing(server))
    assert answer == failed(server, Reason.MISMATCH, "has more than 1000 pages of tags, which is not supported.")
    assert len(server.requests) == settings.MAX_TAG_PAGES + 1


def test_a_list_of_too_many_tags_is_a_failure(client: RegistryClient) -> None:
    with FaultServer({f"GET {PATH}": page(*(f"v{number}" for number in range(settings.MAX_TAGS + 1)))}) as server:
        answer = client.list_tags(listing(server))
    assert answer == failed(server, Reason.MISMATCH, "lists more than 100000 tags, which is not supported.")


def test_a_list_that_takes_too_long_is_a_failure(client: RegistryClient, clock: FakeClock) -> None:
    def choose(request: Recorded) -> Behaviour:
        clock.advance(100.0)
        return endless(request)

    with FaultServer({f"GET {PATH}": Decide(choose)}) as server:
        answer = client.list_tags(listing(server))
    assert answer == failed(server, Reason.UNREACHABLE, "did not finish its list of tags within 300 s.")


def test_a_link_never_takes_a_credential_to_another_host(make_client: MakeClient) -> None:
    def choose(request: Recorded) -> Behaviour:
        if "authorization" not in request.headers:
            return Reply(401, {"WWW-Authenticate": 'Basic realm="r"'})
        return page("2") if "last" in request.query else page("1", link=f"<{elsewhere.url}{PATH}?last=1>; rel=next")

    with FaultServer({"*": page("3")}) as elsewhere, FaultServer({f"GET {PATH}": Decide(choose)}) as server:
        client = make_client(Credentials({server.address: Credential("alice", "secret")}))
        assert client.list_tags(listing(server)) == Listed(("1", "2"))
        assert elsewhere.requests == []


def test_a_namespace_that_may_not_use_credentials_lists_without_them(make_client: MakeClient) -> None:
    with FaultServer({f"GET {PATH}": Reply(401, {"WWW-Authenticate": 'Basic realm="r"'})}) as server:
        client = make_client(Credentials({server.address: Credential("alice", "secret")}))
        answer = client.list_tags(Listing(Host(server.address), "a/b", anonymous=True))
    assert isinstance(answer, Failure)
    assert answer.reason is Reason.DENIED
    assert all("authorization" not in request.headers for request in server.requests)


def test_an_insecure_registry_lists_over_plain_http(make_client: MakeClient) -> None:
    with FaultServer({f"GET {PATH}": page("1")}) as server:
        client = make_client(installation=Installation(registries=(RegistryRule(server.address, insecure=True),)))
        assert client.list_tags(listing(server)) == Listed(("1",))


@pytest.fixture(scope="module")
def registry() -> Iterable[RealRegistry]:
    with RealRegistry() as running:
        yield running


def test_a_real_registry_lists_all_its_tags_once(
    client: RegistryClient, clock: FakeClock, registry: RealRegistry
) -> None:
    pusher = Pusher(registry.address)
    tags = ["1.10", "1.9", "a", "b", "c"]
    for tag in tags:
        pusher.image("acme/app", tag)
    asked = Listing(Host(registry.address), "acme/app")
    answer = client.list_tags(asked)
    assert isinstance(answer, Listed)
    assert sorted(answer.tags) == tags
    for size in (1, 2, 5, 6):  # only some versions of it have pages
        assert sorted(all_tags(client._mirror_list(asked), size, clock)) == tags


def test_a_real_registry_does_not_have_the_repository(client: RegistryClient, registry: RealRegistry) -> None:
    answer = client.list_tags(Listing(Host(registry.address), "acme/none"))
    text = f"tags of {registry.address}/acme/none: {registry.address} does not have the repository (404)."
    assert answer == Failure(Reason.NOT_FOUND, f"{text} Check the name.")


@given(st.text(st.characters(max_codepoint=255)) | st.text(st.sampled_from('<>;,="? \tnextrlp?&/:#[]%')))
def test_any_link_leads_to_a_query_to_nowhere_or_to_a_link_error(header: str) -> None:
    try:
        query = next_query(header)
    except LinkError:
        return
    assert query is None or (query.isascii() and query.isprintable() and not set(query) & set(' #<>"\\'))


PARAMETERS = st.lists(
    st.tuples(st.sampled_from(["n", "last", "next_page", "token"]), st.text(st.characters(codec="ascii"), min_size=1)),
    min_size=1,
    max_size=3,
)


@given(PARAMETERS, st.sampled_from(["", "list", PATH, "http://other.example.com/v2/", "//h/x"]))
def test_a_link_is_read_as_it_was_written(parameters: list[tuple[str, str]], base: str) -> None:
    written = urlencode(parameters)
    for header in (f'<{base}?{written}>; rel="next"', f"<x?y>; rel=prev, <{base}?{written}>;rel=next"):
        assert next_query(header) == written
        assert parse_qsl(urlsplit(f"?{next_query(header)}").query, keep_blank_values=True) == parameters
