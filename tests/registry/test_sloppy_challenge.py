"""Every malformed challenge of real registries, over a real socket, leads to the image with the right credential."""

import pytest

from reconciler.model.observation import Found
from reconciler.registry.credentials.credential import Credential, Credentials
from tests.kit.faults import Decide, FaultServer, Raw, Recorded, Reply, Route, as_json
from tests.registry.conftest import MakeClient
from tests.registry.scripted import IMAGE, TAGGED, about, manifest

BASIC = "Basic YWxpY2U6c2VjcmV0"
KNOWN = frozenset({IMAGE.digest})


@pytest.mark.parametrize(
    "headers",
    [
        ['Bearer realm="{url}/token",service="r",scope="repository:a/b:pull"'],
        ["bearer realm={url}/token,service=r,scope=repository:a/b:pull"],  # old zot
        ['Bearer realm="/token",service="r"', 'Basic realm="r"'],
        ['Basic realm="r"', 'Bearer realm="/token",service="r"'],
        ['Bearer realm="{url}/token",service="r",scope="*",Basic realm="{url}",service="r",scope="*"'],  # Gitea
        ["Negotiate", 'Digest realm="d", nonce="n, m"', 'Bearer realm="/token", service="r"'],
        ['Bearer error="invalid_token", error_description="a, b", service="r", realm="../../../../token"'],
    ],
)
def test_a_token_is_requested(make_client: MakeClient, headers: list[str]) -> None:
    with FaultServer({"GET /token": as_json({"token": "t1"})}) as server:
        lines = "".join(f"WWW-Authenticate: {header.format(url=server.url)}\r\n" for header in headers)
        asking = Raw(f"HTTP/1.1 401 No\r\n{lines}Content-Length: 0\r\n\r\n".encode())

        def choose(request: Recorded) -> Reply | Raw:
            return manifest(IMAGE) if request.headers.get("authorization") == "Bearer t1" else asking

        server.route(f"* {TAGGED}", Decide(choose))
        client = make_client(Credentials({server.address: Credential("alice", "secret")}))
        assert client.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
    assert [request.headers.get("authorization") for request in server.requests] == [None, BASIC, "Bearer t1"]
    assert server.requests[1].query["service"] == ["r"]


@pytest.mark.parametrize("header", ["Basic", "BASIC realm=r", 'Negotiate, basic realm="a, Bearer realm=b"'])
def test_a_password_is_sent(make_client: MakeClient, header: str) -> None:
    def choose(request: Recorded) -> Reply:
        asking = Reply(401, {"WWW-Authenticate": header})
        return manifest(IMAGE) if request.headers.get("authorization") == BASIC else asking

    with FaultServer({f"* {TAGGED}": Decide(choose)}) as server:
        client = make_client(Credentials({server.address: Credential("alice", "secret")}))
        assert client.resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
    assert server.requested() == [f"HEAD {TAGGED}"] * 2


def test_a_401_without_a_challenge_is_answered_by_way_of_the_ping(make_client: MakeClient) -> None:
    def choose(request: Recorded) -> Reply:
        return manifest(IMAGE) if request.headers.get("authorization") == "Bearer t1" else Reply(401)

    ping = Reply(401, {"WWW-Authenticate": 'Bearer realm="/token",service="r"'})
    routes: dict[str, Route] = {
        "GET /token": as_json({"access_token": "t1"}),
        "GET /v2/": ping,
        f"* {TAGGED}": Decide(choose),
    }
    with FaultServer(routes) as server:
        assert make_client().resolve(about(server), known=KNOWN) == Found(IMAGE.digest)
    assert server.requested() == [f"HEAD {TAGGED}", "GET /v2/", "GET /token", f"HEAD {TAGGED}"]
