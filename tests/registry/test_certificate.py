"""Client certificates of a registry rule: sent only if credentials may be sent, and to no other host."""

from __future__ import annotations

import shutil
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.model.config import Installation, RegistryRule
from reconciler.model.host import Host
from reconciler.model.observation import Failure, Found, Question
from reconciler.registry.client import RegistryClient
from reconciler.registry.credentials.credential import Credentials
from reconciler.registry.endpoint import endpoint_of
from reconciler.transport.certificate import MachineCertificates
from reconciler.transport.message import Trust
from reconciler.transport.session import Transport
from tests.kit.authority import Authority, Pair
from tests.kit.clock import FakeClock
from tests.kit.faults import Behaviour, Decide, FaultServer, Recorded, Reply, Route, as_json
from tests.registry.conftest import MakeClient
from tests.registry.scripted import IMAGE, TAGGED, about, manifest

KNOWN = frozenset({IMAGE.digest})


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def own(authority: Authority) -> Pair:
    return authority.issue("server")


@pytest.fixture(scope="module")
def client(authority: Authority) -> Pair:
    return authority.issue("client")


def rule(server: FaultServer, authority: Authority, pair: Pair) -> RegistryRule:
    ca = str(authority.root.certificate)
    return RegistryRule(server.address, ca_file=ca, cert_file=str(pair.certificate), key_file=str(pair.key))


def test_the_rules_certificate_opens_its_registry(
    make_client: MakeClient, authority: Authority, own: Pair, client: Pair
) -> None:
    tls = own.server(authority.root.certificate)
    with FaultServer({f"* {TAGGED}": manifest(IMAGE)}, tls=tls) as server:
        asker = make_client(installation=Installation((rule(server, authority, client),)))
        assert asker.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
        seen = len(server.requests)
        assert asker.resolve(replace(about(server), anonymous=True), known=KNOWN) != Found(IMAGE.digest)
        assert len(server.requests) == seen


def test_the_rules_certificate_is_not_sent_to_a_host_after_a_redirect(
    make_client: MakeClient, authority: Authority, own: Pair, client: Pair
) -> None:
    other = own.server(authority.root.certificate)
    other.verify_mode = ssl.CERT_OPTIONAL
    with (
        FaultServer({"*": manifest(IMAGE)}, tls=own.server(authority.root.certificate)) as elsewhere,
        FaultServer({"*": Reply(302, {"Location": f"{elsewhere.url}/x"})}, tls=other) as server,
    ):
        installation = Installation((rule(server, authority, client),), allow_private=("127.0.0.1",))
        answer = make_client(installation=installation).resolve(about(server), known=KNOWN)
    assert answer != Found(IMAGE.digest)
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        (Question(Host("r.example.com"), "a/b", "1"), True),
        (Question(Host("r.example.com"), "a/b", "1", anonymous=True), False),
        (Question(Host("r.example.com"), "a/b", "1", insecure=True), False),
        (Question(Host("r.example.com"), "a/b", "1", insecure=True, anonymous=True), False),
    ],
)
def test_a_certificate_is_sent_if_a_password_may_be(question: Question, *, shown: bool, tmp_path: Path) -> None:
    file = str(tmp_path)
    endpoint = endpoint_of(question, Installation((RegistryRule("r.example.com", cert_file=file, key_file=file),)))
    shown_file = file if shown else None
    expected = Trust(not question.insecure, None, shown_file, shown_file, shows_certificate=shown, name=question.host)
    assert endpoint.trust == expected
    assert endpoint.sends_credentials is not question.insecure


def test_a_registry_of_this_machine_with_a_folder_of_certs_d_is_called_over_https(
    authority: Authority, own: Pair, clock: FakeClock, tmp_path: Path
) -> None:
    with FaultServer({f"* {TAGGED}": manifest(IMAGE)}, tls=own.server()) as server:
        folder = tmp_path / server.address
        folder.mkdir()
        shutil.copy(authority.root.certificate, folder / "ca.crt")
        with Transport(machine=MachineCertificates(folders=(tmp_path,))) as transport:
            client = RegistryClient(transport, Credentials(), Installation(), clock)
            assert client.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)


def test_a_registry_gains_nothing_from_the_rule_of_the_host_it_names_as_token_server(
    make_client: MakeClient, authority: Authority, own: Pair, client: Pair
) -> None:
    asking = own.server(authority.root.certificate)
    asking.verify_mode = ssl.CERT_OPTIONAL
    with FaultServer({"*": as_json({"token": "lent"})}, tls=own.server(authority.root.certificate)) as lender:
        realm = Reply(401, {"WWW-Authenticate": f'Bearer realm="{lender.url}/token"'})
        with FaultServer({"*": realm}, tls=asking) as server:
            ca = str(authority.root.certificate)
            installation = Installation(
                (rule(lender, authority, client), RegistryRule(server.address, ca_file=ca)),
                allow_private=("127.0.0.1",),
            )
            answer = make_client(installation=installation).resolve(about(server), known=KNOWN)
    assert isinstance(answer, Failure)
    assert lender.requests == []
    assert not any("authorization" in request.headers for request in server.requests)


def test_a_token_from_a_certificate_is_not_used_without_one(
    make_client: MakeClient, authority: Authority, own: Pair, client: Pair
) -> None:
    optional = own.server(authority.root.certificate)
    optional.verify_mode = ssl.CERT_OPTIONAL

    def choose(request: Recorded) -> Behaviour:
        known = request.headers.get("authorization") == "Bearer t1"
        return manifest(IMAGE) if known else Reply(401, {"WWW-Authenticate": 'Bearer realm="/token"'})

    routes: dict[str, Route] = {"GET /token": [as_json({"token": "t1"}), Reply(401)], f"* {TAGGED}": Decide(choose)}
    with FaultServer(routes, tls=optional) as server:
        asker = make_client(installation=Installation((rule(server, authority, client),)))
        assert asker.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
        assert isinstance(asker.resolve(replace(about(server), anonymous=True), known=KNOWN), Failure)
