"""Mirrors, blocks and other locations, on real sockets: which host gets the request, with which credentials."""

from collections.abc import Callable, Iterator

import pytest

from reconciler.demo.image import TinyImage
from reconciler.model.config import Installation, RegistryRule
from reconciler.model.host import Host
from reconciler.model.observation import Failure, Found, Listed, Listing, Question, Reason
from reconciler.registry.client import RegistryClient
from reconciler.registry.credentials.credential import Credential, Credentials
from reconciler.registry.registries_conf_file import parse_registries_conf
from reconciler.transport.session import Transport
from tests.kit.clock import FakeClock
from tests.kit.faults import Break, Decide, FaultServer, Recorded, Reply, as_json
from tests.kit.images import Pusher
from tests.kit.real_registry import RealRegistry
from tests.registry.scripted import CHILDREN, IMAGE, TAGGED, about, by_digest, manifest, serving

KNOWN = frozenset({IMAGE.digest})

Make = Callable[..., RegistryClient]


@pytest.fixture
def make(clock: FakeClock) -> Iterator[Make]:
    with Transport() as transport:

        def with_conf(
            text: str, credentials: Credentials | None = None, installation: Installation | None = None
        ) -> RegistryClient:
            conf = parse_registries_conf(text.encode(), "/etc/containers/registries.conf")
            return RegistryClient(transport, credentials or Credentials(), installation or Installation(), clock, conf)

        yield with_conf


def mirrored(server: FaultServer, *mirrors: FaultServer, more: str = "", pull: str = "") -> str:
    said = f'pull-from-mirror = "{pull}"' if pull else ""
    tables = "".join(f'[[registry.mirror]]\nlocation = "{mirror.address}"\n{said}\n' for mirror in mirrors)
    return f'[[registry]]\nlocation = "{server.address}"\n{more}\n{tables}'


def test_a_digest_is_requested_from_the_mirror(make: Make) -> None:
    with FaultServer({}) as own, FaultServer(serving(IMAGE)) as mirror:
        answer = make(mirrored(own, mirror)).resolve(about(own, IMAGE.digest), known=KNOWN)
    assert answer == Found(IMAGE.digest)
    assert own.requests == []


def test_a_tag_is_requested_from_the_registry_and_its_bytes_from_the_mirror(make: Make) -> None:
    with FaultServer(serving(IMAGE)) as own, FaultServer(serving(IMAGE)) as mirror:
        answer = make(mirrored(own, mirror)).resolve(about(own))
    assert isinstance(answer, Found)
    assert answer.metadata is not None
    assert own.requested() == [f"HEAD {TAGGED}"]
    assert f"GET {by_digest(IMAGE)}" in mirror.requested()
    assert all(TAGGED not in line for line in mirror.requested())


def test_a_tag_is_requested_from_the_mirror_where_the_file_allows_it(make: Make) -> None:
    with FaultServer({}) as own, FaultServer(serving(IMAGE)) as mirror:
        answer = make(mirrored(own, mirror, pull="all")).resolve(about(own), known=KNOWN)
    assert answer == Found(IMAGE.digest)
    assert own.requests == []


LIE = Reply(200, {"Content-Type": IMAGE.media_type, "Docker-Content-Digest": CHILDREN["linux/amd64"].digest})


@pytest.mark.parametrize("broken", [Reply(404), Reply(401), Reply(403), Reply(500), Break(), LIE])
def test_the_next_mirror_or_the_registry_gives_what_a_mirror_lacks(make: Make, broken: Reply) -> None:
    with (
        FaultServer({"*": broken}) as first,
        FaultServer({"*": broken}) as second,
        FaultServer(serving(IMAGE)) as own,
    ):
        answer = make(mirrored(own, first, second)).resolve(about(own, IMAGE.digest), known=KNOWN)
    assert answer == Found(IMAGE.digest)
    assert first.requests
    assert second.requests
    assert own.requested() == [f"HEAD {by_digest(IMAGE)}"]


def test_an_image_that_is_nowhere_is_reported_for_the_registry(make: Make) -> None:
    with FaultServer({}) as own, FaultServer({}) as mirror:
        answer = make(mirrored(own, mirror, pull="all")).resolve(about(own))
    assert answer == Failure(
        Reason.NOT_FOUND,
        f"image {own.address}/a/b:1: {own.address} does not have it (404). Check the name and the tag.",
    )


def test_a_blocked_registry_gets_no_request(make: Make) -> None:
    with FaultServer(serving(IMAGE)) as own:
        client = make(mirrored(own, more="blocked = true"))
        text = (
            f"{own.address} is blocked by /etc/containers/registries.conf. "
            "Take the block out there, or name another source."
        )
        assert client.resolve(about(own)) == Failure(Reason.DENIED, f"image {own.address}/a/b:1: {text}")
        listing = Listing(Host(own.address), "a/b")
        assert client.list_tags(listing) == Failure(Reason.DENIED, f"tags of {own.address}/a/b: {text}")
    assert own.requests == []


def test_a_blocked_registry_is_had_from_its_mirror(make: Make) -> None:
    with FaultServer({}) as own, FaultServer(serving(IMAGE)) as mirror:
        client = make(mirrored(own, mirror, more="blocked = true"))
        assert client.resolve(about(own, IMAGE.digest), known=KNOWN) == Found(IMAGE.digest)
        assert isinstance(client.resolve(about(own)), Failure)
    assert own.requests == []


def test_a_list_of_tags_is_never_a_mirrors(make: Make) -> None:
    tags = {"GET /v2/a/b/tags/list": as_json({"tags": ["1"]})}
    with FaultServer(tags) as own, FaultServer({}) as mirror:
        assert make(mirrored(own, mirror, pull="all")).list_tags(Listing(Host(own.address), "a/b")) == Listed(("1",))
    assert mirror.requests == []


def test_another_location_gets_the_request_in_place_of_the_name(make: Make) -> None:
    routes = {
        f"* /v2/cache/a/b/manifests/{IMAGE.digest}": manifest(IMAGE),
        "* /v2/cache/a/b/manifests/1": manifest(IMAGE),
    }
    with FaultServer(routes) as server:
        client = make(f'[[registry]]\nprefix = "r.example.com"\nlocation = "{server.address}/cache"\n')
        for identifier in ("1", IMAGE.digest):
            found = client.resolve(Question(Host("r.example.com"), "a/b", identifier), known=KNOWN)
            assert found == Found(IMAGE.digest)


def basic(request: Recorded) -> Reply:
    """Requests credentials from every client."""
    challenge = Reply(401, {"WWW-Authenticate": 'Basic realm="r"'})
    return manifest(IMAGE) if "authorization" in request.headers else challenge


def test_the_credentials_of_a_registry_do_not_go_to_its_mirror(make: Make) -> None:
    with FaultServer({"*": Decide(basic)}) as own, FaultServer({"*": Decide(basic)}) as mirror:
        credentials = Credentials({own.address: Credential("alice", "secret")})
        answer = make(mirrored(own, mirror), credentials).resolve(about(own, IMAGE.digest), known=KNOWN)
    assert answer == Found(IMAGE.digest)
    assert mirror.requests
    assert all("authorization" not in request.headers for request in mirror.requests)


def test_a_mirror_has_credentials_of_its_own(make: Make) -> None:
    with FaultServer({}) as own, FaultServer({"*": Decide(basic)}) as mirror:
        credentials = Credentials({mirror.address: Credential("bob", "secret")})
        answer = make(mirrored(own, mirror), credentials).resolve(about(own, IMAGE.digest), known=KNOWN)
    assert answer == Found(IMAGE.digest)
    assert own.requests == []


@pytest.mark.parametrize(
    ("anonymous", "rules"), [(True, ("*",)), (False, ("team-a",))], ids=["asked-anonymously", "lent-to-some"]
)
def test_a_namespace_gets_no_more_from_a_mirror_than_it_may_have(
    make: Make, rules: tuple[str, ...], *, anonymous: bool
) -> None:
    with FaultServer(serving(IMAGE)) as own, FaultServer({"*": Decide(basic)}) as mirror:
        credentials = Credentials({mirror.address: Credential("bob", "secret")})
        installation = Installation(registries=(RegistryRule(mirror.address, namespaces=rules),))
        client = make(mirrored(own, mirror), credentials, installation)
        question = Question(Host(own.address), "a/b", IMAGE.digest, anonymous=anonymous)
        assert client.resolve(question, known=KNOWN) == Found(IMAGE.digest)
    assert all("authorization" not in request.headers for request in mirror.requests)


@pytest.mark.parametrize(("path", "anonymous"), [("cache", True), ("a", False)])
def test_another_repository_of_the_same_registry_lends_by_its_own_rule(
    make: Make, path: str, *, anonymous: bool
) -> None:
    with FaultServer({"*": Decide(basic)}) as server:
        credentials = Credentials({server.address: Credential("bob", "secret")})
        rules = tuple(RegistryRule(f"{server.address}/{each}", namespaces=("team-a",)) for each in ("cache", "a"))
        conf = f'[[registry]]\nprefix = "{server.address}/a/b"\nlocation = "{server.address}/{path}/c"\n'
        client = make(conf, credentials, Installation(registries=rules))
        answer = client.resolve(Question(Host(server.address), "a/b", IMAGE.digest), known=KNOWN)
    assert isinstance(answer, Failure) is anonymous


def test_an_insecure_spec_tag_does_not_make_its_mirror_insecure(make: Make) -> None:
    conf = '[[registry]]\nlocation = "r.example.com"\n[[registry.mirror]]\nlocation = "mirror.invalid"\n'
    client = make(conf)
    question = Question(Host("r.example.com"), "a/b", IMAGE.digest, insecure=True)
    mirror, own = client._mirror_list(question)._places(IMAGE.digest)
    assert mirror._endpoint.bases == ("https://mirror.invalid",)
    assert mirror._endpoint.trust.verify
    assert own._endpoint.bases == ("https://r.example.com", "http://r.example.com")


def test_an_insecure_location_may_have_credentials_because_the_machine_allows_it(make: Make) -> None:
    credentials = Credentials({"r.example.com": Credential("alice", "secret")})
    client = make('[[registry]]\nlocation = "r.example.com"\ninsecure = true\n', credentials)
    (own,) = client._mirror_list(Question(Host("r.example.com"), "a/b", "1"))._places("1")
    assert own._endpoint.bases == ("https://r.example.com", "http://r.example.com")
    assert own._access.credential == Credential("alice", "secret")


def test_a_mirror_that_is_down_is_tried_once_a_pass(make: Make, clock: FakeClock) -> None:
    with FaultServer(serving(IMAGE)) as own, FaultServer({"*": Break()}) as mirror:
        client = make(mirrored(own, mirror))
        for _ in range(5):
            assert client.resolve(about(own, IMAGE.digest), known=KNOWN) == Found(IMAGE.digest)
    assert len(mirror.requests) == 3
    assert clock.pauses == [1.0, 3.0]


def test_a_real_pull_through_cache_is_a_registry_and_a_mirror(make: Make) -> None:
    with RealRegistry() as upstream, RealRegistry(proxy_of=upstream.address) as cache:
        digest = Pusher(upstream.address).image("acme/app", "1", TinyImage(content=b"one"))
        plain = make("")
        for question in (
            Question(Host(cache.address), "acme/app", "1"),
            Question(Host(cache.address), "acme/app", digest),
        ):
            found = plain.resolve(question)
            assert isinstance(found, Found)
            assert (found.image, found.metadata is None) == (digest, False)
        moved = Pusher(upstream.address).image("acme/app", "1", TinyImage(content=b"two"))
        assert plain.resolve(Question(Host(cache.address), "acme/app", "1"), known=frozenset({moved})) == Found(moved)
        said = f'[[registry]]\nprefix = "r.example.com"\nlocation = "{upstream.address}"\n'
        mirror = f'[[registry.mirror]]\nlocation = "{cache.address}"\n'
        found = make(said + mirror).resolve(Question(Host("r.example.com"), "acme/app", "1"))
        assert isinstance(found, Found)
        assert found.image == moved
    gone = make(said + mirror).resolve(Question(Host("r.example.com"), "acme/app", digest))
    assert isinstance(gone, Failure)
    assert gone.reason is Reason.UNREACHABLE
