"""No credential reaches another host than its own, and none appears in a message."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.demo.image import digest_of
from reconciler.model.config import Installation, RegistryRule
from reconciler.model.host import Host
from reconciler.model.observation import Failure, Found, Question, Reason
from reconciler.registry.credentials.credential import Credential, Credentials
from reconciler.registry.registries_conf import PullSource
from tests.kit.faults import (
    Behaviour,
    Decide,
    DripBody,
    EndlessBody,
    FaultServer,
    HangBeforeHeaders,
    Recorded,
    Reply,
    Route,
    as_json,
)
from tests.kit.real_registry import Certificate
from tests.registry.conftest import SHORT_OF_TIME, WARY_OF_SILENCE, MakeClient, TimeLimits
from tests.registry.scripted import IMAGE, TAGGED, ConcurrencyGauge, about, by_digest, manifest, serving

KNOWN = frozenset({IMAGE.digest})
BASIC = "Basic YWxpY2U6c2VjcmV0"
BEARER = 'Bearer realm="/token",service="r"'
ALLOWED = Installation(allow_private=("127.0.0.1", "127.0.0.2"))


def alice(server: FaultServer) -> Credentials:
    return Credentials({server.address: Credential("alice", "secret")})


def asks_basic(answer: Behaviour) -> Behaviour:
    """401 until Basic credentials are sent."""

    def choose(request: Recorded) -> Behaviour:
        challenge = Reply(401, {"WWW-Authenticate": 'Basic realm="r"'})
        return answer if request.headers.get("authorization") == BASIC else challenge

    return Decide(choose)


def asks_bearer(realm: str, answer: Behaviour) -> Behaviour:
    """401 until the token is sent."""

    def choose(request: Recorded) -> Behaviour:
        challenge = Reply(401, {"WWW-Authenticate": f'Bearer realm="{realm}",service="r"'})
        return answer if request.headers.get("authorization") == "Bearer t1" else challenge

    return Decide(choose)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_basic_is_not_sent_to_another_port_or_host_after_a_redirect(make_client: MakeClient, status: int) -> None:
    with FaultServer({"*": manifest(IMAGE)}) as port, FaultServer({"*": manifest(IMAGE)}, host="127.0.0.2") as host:
        for elsewhere in (port, host):
            away = Reply(status, {"Location": f"{elsewhere.url}/x"})
            with FaultServer({f"* {TAGGED}": asks_basic(away)}) as server:
                answer = make_client(alice(server), ALLOWED).resolve(about(server), known=KNOWN)
                assert answer == Found(IMAGE.digest)
                assert server.requests[-1].headers["authorization"] == BASIC
            assert elsewhere.requests
            assert all("authorization" not in request.headers for request in elsewhere.requests)


def test_a_token_is_not_sent_to_the_store_of_a_blob(make_client: MakeClient) -> None:
    path = f"GET /v2/a/b/blobs/{digest_of(IMAGE.blobs[0])}"
    with FaultServer({"*": Reply(200, {}, IMAGE.blobs[0])}) as store, FaultServer({}) as server:
        server.route("GET /token", as_json({"token": "t1"}))
        for name, route in serving(IMAGE).items():
            server.route(name, asks_bearer("/token", route))  # type: ignore[arg-type]
        server.route(path, asks_bearer("/token", Reply(307, {"Location": f"{store.url}/blob"})))
        answer = make_client(alice(server)).resolve(about(server))
    assert isinstance(answer, Found)
    assert answer.metadata is not None
    assert [request.path for request in store.requests] == ["/blob"]
    assert "authorization" not in store.requests[0].headers


def test_a_redirect_back_home_does_not_bring_the_credential_back(make_client: MakeClient) -> None:
    with FaultServer({}) as server, FaultServer({"*": Reply(302, {"Location": f"{server.url}/home"})}) as elsewhere:
        server.route(f"* {TAGGED}", asks_basic(Reply(302, {"Location": f"{elsewhere.url}/x"})))
        server.route("* /home", manifest(IMAGE))
        assert make_client(alice(server)).resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
    assert server.requests[-1].path == "/home"
    assert "authorization" not in server.requests[-1].headers


def test_a_challenge_of_a_host_that_was_redirected_to_is_not_answered(make_client: MakeClient) -> None:
    asking = Reply(401, {"WWW-Authenticate": "Basic"})
    with FaultServer({"*": asking}) as elsewhere, FaultServer({}) as server:
        server.route(f"* {TAGGED}", asks_basic(Reply(302, {"Location": f"{elsewhere.url}/x"})))
        answer = make_client(alice(server)).resolve(about(server))
    assert isinstance(answer, Failure)
    assert answer.reason is Reason.DENIED
    assert {request.headers.get("authorization") for request in elsewhere.requests} == {None}


def test_a_token_server_that_redirects_takes_no_password_along(make_client: MakeClient) -> None:
    with FaultServer({"*": as_json({"token": "t1"})}) as elsewhere, FaultServer({}) as server:
        server.route("GET /token", Reply(302, {"Location": f"{elsewhere.url}/token"}))
        server.route(f"* {TAGGED}", asks_bearer("/token", manifest(IMAGE)))
        assert make_client(alice(server)).resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
    assert server.requests[1].headers["authorization"] == BASIC
    assert "authorization" not in elsewhere.requests[0].headers


def test_an_identity_token_is_never_posted_on_by_a_redirect(make_client: MakeClient) -> None:
    with FaultServer({"*": as_json({"token": "t1"})}) as elsewhere, FaultServer({}) as server:
        server.route("POST /token", Reply(307, {"Location": f"{elsewhere.url}/token"}))
        server.route(f"* {TAGGED}", asks_bearer("/token", manifest(IMAGE)))
        credentials = Credentials({server.address: Credential(identity_token="it")})
        answer = make_client(credentials).resolve(about(server))
    assert isinstance(answer, Failure)
    assert elsewhere.requests == []


def test_a_realm_on_a_private_address_gets_no_request_unless_the_installation_allows_it(
    make_client: MakeClient,
) -> None:
    with FaultServer({"*": as_json({"token": "t1"})}, host="127.0.0.2") as realm, FaultServer({}) as server:
        server.route(f"* {TAGGED}", asks_bearer(f"{realm.url}/token", manifest(IMAGE)))
        refused = make_client(alice(server)).resolve(about(server), known=KNOWN)
        assert refused == Failure(
            Reason.MISMATCH,
            f"image {server.address}/a/b:1: {server.address} sends for a token to the private address {realm.address}, "
            "which is refused. Allow it with allowPrivate if it is correct.",
        )
        assert realm.requests == []
        assert make_client(alice(server), ALLOWED).resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
    assert realm.requests[0].headers["authorization"] == BASIC


def test_a_registry_of_this_machine_cannot_name_a_plain_http_realm_elsewhere(make_client: MakeClient) -> None:
    with FaultServer({}) as server:
        server.route(f"* {TAGGED}", asks_bearer("http://auth.example.invalid/token", manifest(IMAGE)))
        refused = make_client(alice(server)).resolve(about(server), known=KNOWN)
    assert refused == Failure(
        Reason.MISMATCH,
        f"image {server.address}/a/b:1: {server.address} sends for a token over plain http to auth.example.invalid, "
        f"which is refused. Declare {server.address} insecure if it is correct.",
    )


def test_the_credential_of_one_registry_is_not_sent_to_another(make_client: MakeClient) -> None:
    with (
        FaultServer({"*": asks_basic(manifest(IMAGE))}) as own,
        FaultServer({"*": asks_basic(manifest(IMAGE))}) as other,
    ):
        client = make_client(alice(own))
        assert client.resolve(about(own), known=KNOWN) == Found(IMAGE.digest)
        assert isinstance(client.resolve(about(other)), Failure)
    assert all("authorization" not in request.headers for request in other.requests)


def test_an_insecure_question_from_the_branch_takes_no_credential_to_another_machine(make_client: MakeClient) -> None:
    credentials = Credentials({"registry.invalid": Credential("alice", "secret")})
    client = make_client(credentials)
    place = PullSource(Host("registry.invalid"), "a/b")
    repository = client._repository_at(place, Question(Host("registry.invalid"), "a/b", "1", insecure=True))
    assert repository._access.credential is None


@pytest.mark.parametrize(
    ("token", "reason", "message"),
    [
        (EndlessBody(), Reason.MISMATCH, "{} sent more than the 1048576 bytes that are allowed."),
        (Reply(200, {}, b"{}"), Reason.MISMATCH, "{} answers without a token where one was asked for."),
        (Reply(404), Reason.MISMATCH, "{} answers with status 404, which has no meaning for this request."),
        (
            Reply(401),
            Reason.DENIED,
            "{} gives no token for it (401). Check the name, and log in with `docker login` if it is private.",
        ),
        (Reply(503), Reason.UNREACHABLE, "{} is out of order (503)."),
    ],
)
def test_a_token_server_that_misbehaves_is_a_reason_and_a_sentence_without_secrets(
    make_client: MakeClient, token: Behaviour, reason: Reason, message: str
) -> None:
    with FaultServer({"GET /token": token, f"* {TAGGED}": asks_bearer("/token", manifest(IMAGE))}) as server:
        answer = make_client(alice(server)).resolve(about(server))
    assert answer == Failure(reason, f"image {server.address}/a/b:1: {message.format(server.address)}")


@pytest.mark.parametrize(
    ("token", "patience", "message"),
    [
        (HangBeforeHeaders(), WARY_OF_SILENCE, "{} sent nothing for 0.3 s."),
        (DripBody(), SHORT_OF_TIME, "{} did not finish its answer within 0.6 s."),
    ],
)
def test_a_token_that_never_ends_is_cut_off(
    make_client: MakeClient, token: Behaviour, patience: TimeLimits, message: str
) -> None:
    with FaultServer({"GET /token": token, f"* {TAGGED}": asks_bearer("/token", manifest(IMAGE))}) as server:
        answer = make_client(alice(server), patience=patience).resolve(about(server))
    assert answer == Failure(Reason.UNREACHABLE, f"image {server.address}/a/b:1: {message.format(server.address)}")


ORIGIN = Credential("alice", "secret", origin="/home/alice/.docker/config.json")


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        (
            {f"* {TAGGED}": Reply(401, {"WWW-Authenticate": "Basic"})},
            "{} does not take the credentials from /home/alice/.docker/config.json (401). "
            "Correct them, or log in again.",
        ),
        (
            {f"* {TAGGED}": asks_basic(Reply(403))},
            "{} denies access with the credentials from /home/alice/.docker/config.json (403). "
            "Check the name, or log in as a user who may pull it.",
        ),
        (
            {"GET /token": as_json({"token": "t1"}), f"* {TAGGED}": Reply(401, {"WWW-Authenticate": BEARER})},
            "{} denies access with the credentials from /home/alice/.docker/config.json (401). "
            "Check the name, or log in as a user who may pull it.",
        ),
        (
            {f"* {TAGGED}": Reply(401)},
            "{} denies access (401). Check the name, and log in with `docker login` if it is private.",
        ),
    ],
)
def test_wrong_credentials_are_distinguished_from_none_and_sent_once(
    make_client: MakeClient, routes: dict[str, Route], message: str
) -> None:
    with FaultServer(routes) as server:
        answer = make_client(Credentials({server.address: ORIGIN})).resolve(about(server))
    assert answer == Failure(Reason.DENIED, f"image {server.address}/a/b:1: {message.format(server.address)}")
    shown = [request for request in server.requests if request.headers.get("authorization") == BASIC]
    assert len(shown) <= (2 if "(403)" in message else 1)


def test_a_token_that_is_never_good_enough_ends(make_client: MakeClient) -> None:
    never = Reply(401, {"WWW-Authenticate": 'Bearer realm="/token",error="invalid_token"'})
    with FaultServer({"GET /token": as_json({"token": "t1"}), f"* {TAGGED}": never}) as server:
        answer = make_client().resolve(about(server))
    assert isinstance(answer, Failure)
    assert answer.reason is Reason.DENIED
    assert server.requested().count("GET /token") <= 3, "two for HEAD, and one more for the GET that decides"


def test_many_threads_request_one_token(make_client: MakeClient) -> None:
    with FaultServer({"GET /token": as_json({"token": "t1", "expires_in": 300})}) as server:
        for tag in range(16):
            server.route(f"* /v2/a/b/manifests/{tag}", asks_bearer("/token", manifest(IMAGE)))
        client = make_client(alice(server))
        with ThreadPoolExecutor(8) as pool:
            questions = [about(server, str(tag)) for tag in range(16)]
            answers = list(pool.map(lambda question: client.resolve(question, known=KNOWN), questions))
    assert answers == [Found(IMAGE.digest)] * 16
    assert server.requested().count("GET /token") == 1


def test_no_thread_waits_for_the_request_after_the_token(make_client: MakeClient) -> None:
    gauge = ConcurrencyGauge(manifest(IMAGE), enough=2, seconds=20)
    with FaultServer(
        {"GET /token": as_json({"token": "t1"}), f"* {TAGGED}": asks_bearer("/token", Decide(gauge.choose))}
    ) as server:
        client = make_client()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: client.resolve(about(server), known=KNOWN), range(2)))
    assert gauge.most == 2


def test_the_certificates_of_a_registry_are_believed_for_its_token_server(
    make_client: MakeClient, tmp_path: Path
) -> None:
    certificate = Certificate.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    with FaultServer({"*": as_json({"token": "t1"})}, tls=context) as auth, FaultServer({}, tls=context) as server:
        server.route(f"* {TAGGED}", asks_bearer(f"{auth.url}/token", manifest(IMAGE)))
        rule = RegistryRule(server.address, ca_file=str(certificate.certificate))
        installation = Installation((rule,), allow_private=("127.0.0.1",))
        answer = make_client(installation=installation).resolve(about(server), known=KNOWN)
    assert answer == Found(IMAGE.digest)


def test_a_known_image_costs_one_request_once_a_token_is_there(make_client: MakeClient) -> None:
    routes = {"GET /token": as_json({"token": "t1"}), f"* {TAGGED}": asks_bearer("/token", manifest(IMAGE))}
    with FaultServer(routes) as server:
        client = make_client(alice(server))
        client.resolve(about(server), known=KNOWN)
        first = len(server.requests)
        client.resolve(about(server), known=KNOWN)
    assert first == 3
    assert len(server.requests) == 4


def test_no_message_has_a_query_string_or_a_password(make_client: MakeClient) -> None:
    away = Reply(302, {"Location": "https://alice:secret@10.0.0.1/x?signature=secret"})
    with FaultServer({f"* {TAGGED}": away, f"* {by_digest(IMAGE)}": away}) as server:
        for identifier in ("1", IMAGE.digest):
            answer = make_client(alice(server)).resolve(about(server, identifier))
            assert isinstance(answer, Failure)
            assert "secret" not in answer.message
            assert "redirects to an address with a user name in it" in answer.message
