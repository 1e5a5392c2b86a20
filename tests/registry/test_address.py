"""Addresses that are allowed: the branch names registries, and registries name other hosts (design 3.10)."""

import pytest

from reconciler.model.config import Installation, RegistryRule
from reconciler.model.host import Host
from reconciler.model.observation import Failure, Found, Listing, Question, Reason
from reconciler.registry.address import is_allowed, reach_elsewhere, reach_of
from reconciler.registry.registries_conf import RegistriesConf, RegistryEntry
from reconciler.transport.message import Origin
from reconciler.transport.reach import ANYWHERE, Zone
from tests.kit.faults import FaultServer
from tests.registry.conftest import MakeClient
from tests.registry.scripted import IMAGE, about, serving

KNOWN = frozenset({IMAGE.digest})
AWAY = Installation(serves_this_machine=False)
ODD = "is an address in a refused spelling. Write it as four decimal numbers, or as IPv6."


def denied(question: Question | Listing, text: str) -> Failure:
    noun = "image" if isinstance(question, Question) else "tags of"
    return Failure(Reason.DENIED, f"{noun} {question}: {text}")


@pytest.mark.parametrize("spelled", ["2130706433", "127.1", "0x7f000001", "0177.0.0.1"])
def test_an_address_that_only_a_resolver_reads_gets_no_request(make_client: MakeClient, spelled: str) -> None:
    with FaultServer(serving(IMAGE)) as server:
        host = Host(f"{spelled}:{server.address.rpartition(':')[2]}")
        for insecure in (False, True):
            question = Question(host, "a/b", "1", insecure=insecure)
            assert make_client().resolve(question, known=KNOWN) == denied(question, f"{host} {ODD}")
    assert server.connections == 0


@pytest.mark.parametrize(
    ("spelled", "where"),
    [
        ("0.0.0.0", "unspecified address 0.0.0.0"),  # noqa: S104 - requested, not bound
        ("[::]", "unspecified address ::"),
        ("169.254.169.254", "link-local address 169.254.169.254"),
    ],
)
def test_no_address_is_resolved_for_an_impossible_name(make_client: MakeClient, spelled: str, where: str) -> None:
    with FaultServer(serving(IMAGE)) as server:
        port = server.address.rpartition(":")[2]
        question = Question(Host(f"{spelled}:{port}"), "a/b", "1", insecure=True)
        answer = make_client().resolve(question, known=KNOWN)
    assert answer == denied(
        question,
        f"{spelled.strip('[]')} is at the {where}, which is refused. "
        "Name it in `registries` or `allowedRegistries` of the Installation if it is correct.",
    )
    assert server.connections == 0


def test_this_machine_is_called_for_a_person_and_in_the_loop_only_by_name(make_client: MakeClient) -> None:
    with FaultServer(serving(IMAGE)) as server:
        question = about(server)
        assert make_client().resolve(question, known=KNOWN) == Found(IMAGE.digest)
        seen = server.connections
        assert make_client(installation=AWAY).resolve(question, known=KNOWN) == denied(
            question,
            "127.0.0.1 is at the loopback address 127.0.0.1, which is refused. "
            "Name it in `registries` or `allowedRegistries` of the Installation if it is correct.",
        )
        assert server.connections == seen
        for named in (
            Installation((RegistryRule(server.address),), serves_this_machine=False),
            Installation(allow_private=("127.0.0.1",), serves_this_machine=False),
            Installation(allowed_registries=(server.address,), serves_this_machine=False),
        ):
            assert make_client(installation=named).resolve(question, known=KNOWN) == Found(IMAGE.digest)


def test_registries_that_are_not_allowed_get_no_request(make_client: MakeClient) -> None:
    with FaultServer(serving(IMAGE)) as server:
        client = make_client(installation=Installation(allowed_registries=("quay.io/acme", f"{server.address}/c")))
        question, listing = about(server), Listing(Host(server.address), "a/b")
        text = (
            f"{server.address}/a/b is not among `allowedRegistries` of the Installation. Add it there, or name another."
        )
        assert client.resolve(question) == denied(question, text)
        assert client.list_tags(listing) == denied(listing, text)
    assert server.connections == 0


def test_a_registry_in_a_file_of_this_machine_may_have_any_address() -> None:
    conf = RegistriesConf((RegistryEntry("quay.io", "10.0.0.1:5000/quay"),))
    (place,) = conf.pull_sources(Host("quay.io"), "a/b", "1")
    assert place.named
    assert reach_of(place.host, AWAY, named=place.named) == ANYWHERE
    assert not RegistriesConf().pull_sources(Host("quay.io"), "a/b", "1")[0].named


def test_a_private_registry_gets_requests_but_no_other_private_host() -> None:
    assert reach_of(Host("registry.corp"), AWAY).zones == {Zone.PUBLIC, Zone.PRIVATE}
    assert reach_of(Host("registry.corp"), Installation()).zones == {Zone.PUBLIC, Zone.PRIVATE, Zone.LOOPBACK}
    rules = (RegistryRule("auth.corp"),)
    elsewhere = reach_elsewhere(Origin.of("https://auth.corp/token"), Installation(rules))
    assert elsewhere.zones == {Zone.PUBLIC}, "a rule lends its addresses to its own registry alone"
    allowed = Installation(allow_private=("auth.corp",))
    assert reach_elsewhere(Origin.of("https://auth.corp/token"), allowed) == ANYWHERE


@pytest.mark.parametrize(
    ("allowed", "host", "repository", "may"),
    [
        (None, "quay.io", "a/b", True),
        ((), "quay.io", "a/b", False),
        (("quay.io/acme", "*.example.com:5000"), "quay.io", "acme/app", True),
        (("quay.io/acme", "*.example.com:5000"), "QUAY.io:443", "acme/app", True),
        (("quay.io/acme", "*.example.com:5000"), "quay.io", "other/app", False),
        (("quay.io/acme", "*.example.com:5000"), "r.example.com:5000", "x", True),
        (("docker.io",), "registry-1.docker.io", "library/nginx", True),
    ],
)
def test_only_allowed_registries_get_requests(
    allowed: tuple[str, ...] | None, host: str, repository: str, *, may: bool
) -> None:
    assert is_allowed(Host(host), repository, Installation(allowed_registries=allowed)) is may
