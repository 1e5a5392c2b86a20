"""The transport against a scripted server on real sockets."""

import gzip
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.errors import RemoteError, UnavailableError, UsageError
from reconciler.transport.failure import Limits, explain
from reconciler.transport.message import HttpRequest, HttpResponse, Origin, Trust
from reconciler.transport.reach import ANYWHERE
from reconciler.transport.session import MAX_KEPT, Transport
from tests.kit.faults import (
    Behaviour,
    Break,
    CutBody,
    DripBody,
    DripHeaders,
    EndlessBody,
    FaultServer,
    HangBeforeHeaders,
    HugeBody,
    Raw,
    Reply,
)
from tests.kit.real_registry import Certificate

LIMIT = 1000


@pytest.fixture
def transport() -> Iterator[Transport]:
    with Transport() as made:
        yield made


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.make(tmp_path_factory.mktemp("tls"))


def tls_server(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    return context


def get(transport: Transport, server: FaultServer, path: str = "/", trust: Trust | None = None) -> HttpResponse:
    return transport.send(HttpRequest("GET", f"{server.url}{path}"), reach=ANYWHERE, limit=LIMIT, trust=trust)


def test_an_answer_comes_back_as_a_plain_value(transport: Transport) -> None:
    with FaultServer({"GET /": Reply(201, {"X-Thing": "a"}, b"body")}) as server:
        answer = transport.send(HttpRequest("GET", f"{server.url}/?q=1", {"X-Own": "b"}), reach=ANYWHERE, limit=LIMIT)
    assert (answer.status, answer.headers["x-thing"], answer.body) == (201, "a", b"body")
    assert answer.url == f"{server.url}/?q=1"
    assert server.requests[0].headers["x-own"] == "b"
    assert server.requests[0].query == {"q": ["1"]}


def test_the_body_is_not_decoded(transport: Transport) -> None:
    packed = gzip.compress(b"manifest", mtime=0)
    with FaultServer({"GET /": Reply(200, {"Content-Encoding": "gzip"}, packed)}) as server:
        assert get(transport, server).body == packed
    assert server.requests[0].headers["accept-encoding"] == "identity"


def test_a_header_that_comes_twice_is_joined(transport: Transport) -> None:
    twice = b"WWW-Authenticate: Negotiate\r\nwww-authenticate: Basic\r\nContent-Length: 0\r\n"
    with FaultServer({"*": Raw(b"HTTP/1.1 401 No\r\n" + twice + b"\r\n")}) as server:
        assert get(transport, server).headers["www-authenticate"] == "Negotiate, Basic"


def test_redirects_are_given_back_not_followed(transport: Transport) -> None:
    with FaultServer({"GET /": Reply(307, {"Location": "/elsewhere"})}) as server:
        answer = get(transport, server)
    assert (answer.status, answer.headers["location"]) == (307, "/elsewhere")
    assert server.requested() == ["GET /"]


def test_a_thread_keeps_one_connection_to_a_host(transport: Transport) -> None:
    with FaultServer({"*": Reply(200, {}, b"x")}) as server:
        for _ in range(5):
            get(transport, server)
            transport.send(HttpRequest("HEAD", f"{server.url}/"), reach=ANYWHERE, limit=LIMIT)
    assert server.connections == 1


def test_every_thread_has_its_own_connection_and_those_of_ended_threads_are_closed() -> None:
    with Transport() as transport, FaultServer({"*": Reply()}) as server:
        for _ in range(4):
            thread = threading.Thread(target=get, args=(transport, server))
            thread.start()
            thread.join()
        assert server.connections == 4
        assert len(transport._channels) == 1


def test_a_thread_keeps_connections_to_a_bounded_number_of_hosts(transport: Transport) -> None:
    servers = [FaultServer({"*": Reply()}) for _ in range(MAX_KEPT + 2)]
    for server in servers:
        with server:
            get(transport, server)
    assert len(transport._channels[threading.current_thread()]) == MAX_KEPT


def test_no_credentials_are_taken_from_a_netrc_file(
    transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login alice password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with FaultServer({"*": Reply()}) as server:
        get(transport, server)
    assert "authorization" not in server.requests[0].headers


def test_no_cookie_is_kept(transport: Transport) -> None:
    with FaultServer({"*": Reply(200, {"Set-Cookie": "session=1"})}) as server:
        get(transport, server)
        get(transport, server)
    assert "cookie" not in server.requests[1].headers


def test_a_proxy_from_the_environment_is_used(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with FaultServer({"*": Reply(200, {}, b"by proxy")}) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        answer = transport.send(HttpRequest("GET", "http://registry.invalid/v2/"), reach=ANYWHERE, limit=LIMIT)
    assert answer.body == b"by proxy"
    assert proxy.requests[0].headers["host"] == "registry.invalid"


def test_this_machine_is_never_reached_through_a_proxy(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer({"*": Reply(418)}) as proxy, FaultServer({"*": Reply(200)}) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert get(transport, server).status == 200
    assert proxy.requests == []


FAULTS: list[tuple[Behaviour, type[RemoteError], bool, str]] = [
    (
        Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsize?\r\nab"),
        RemoteError,
        True,
        "{} broke its answer off in the middle.",
    ),
    (CutBody(announced=500), RemoteError, True, "{} broke its answer off in the middle."),
    (
        Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        RemoteError,
        True,
        "{} broke its answer off in the middle.",
    ),
    (EndlessBody(), RemoteError, False, "{} sent more than the 1000 bytes that are allowed."),
    (HugeBody(), RemoteError, False, "{} sent more than the 1000 bytes that are allowed."),
    (HugeBody(announced=10**30), RemoteError, False, "{} sent more than the 1000 bytes that are allowed."),
    (Break(), UnavailableError, True, "{} broke the connection off."),
    (Break(reset=True), UnavailableError, True, "{} broke the connection off."),
    (Raw(b"220 mail.example.com ESMTP\r\n"), RemoteError, False, "{} sent an answer that is not HTTP."),
    (
        Raw(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n"),
        RemoteError,
        False,
        "{} sent an answer that is not HTTP.",
    ),
    (
        Raw(b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n"),
        RemoteError,
        False,
        "{} sent an answer that is not HTTP.",
    ),
]


@pytest.mark.parametrize(("behaviour", "kind", "retryable", "message"), FAULTS)
def test_an_answer_that_cannot_be_used_is_one_error_with_host_and_reason(
    behaviour: Behaviour, kind: type[RemoteError], message: str, *, retryable: bool
) -> None:
    with Transport() as transport, FaultServer({"*": behaviour}) as server, pytest.raises(RemoteError) as caught:
        get(transport, server)
    assert str(caught.value) == message.format(server.address)
    assert isinstance(caught.value, kind)
    assert isinstance(caught.value, UnavailableError) is (kind is UnavailableError)
    assert caught.value.host == server.address
    assert caught.value.retryable is retryable


@pytest.mark.parametrize("behaviour", [HangBeforeHeaders(), DripHeaders(), DripBody(size=900), HugeBody(announced=900)])
def test_an_answer_that_does_not_end_in_time_is_cut_off(behaviour: Behaviour) -> None:
    with (
        Transport(request_timeout=0.6) as transport,
        FaultServer({"*": behaviour}) as server,
        pytest.raises(UnavailableError) as caught,
    ):
        get(transport, server)
    assert str(caught.value) == f"{server.address} did not finish its answer within 0.6 s."
    assert not caught.value.retryable


@pytest.mark.parametrize("behaviour", [HangBeforeHeaders(), HugeBody(announced=900)])
def test_silence_is_cut_off_sooner_and_may_pass(behaviour: Behaviour) -> None:
    with (
        Transport(read_timeout=0.3) as transport,
        FaultServer({"*": behaviour}) as server,
        pytest.raises(UnavailableError) as caught,
    ):
        get(transport, server)
    assert str(caught.value) == f"{server.address} sent nothing for 0.3 s."
    assert caught.value.retryable


def test_a_connection_with_the_rest_of_an_unwanted_answer_is_not_used_again(transport: Transport) -> None:
    with FaultServer({"GET /big": HugeBody(), "GET /small": Reply(200, {}, b"ok")}) as server:
        with pytest.raises(RemoteError):
            get(transport, server, "/big")
        assert get(transport, server, "/small").body == b"ok"
    assert server.connections == 2


def test_a_refused_connection_is_reported(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(UnavailableError) as caught:
        transport.send(HttpRequest("GET", f"http://127.0.0.1:{port}/"), reach=ANYWHERE, limit=LIMIT)
    assert str(caught.value) == f"127.0.0.1:{port} refuses the connection."
    assert caught.value.retryable


def test_a_name_that_does_not_exist_is_reported(transport: Transport) -> None:
    with pytest.raises(UnavailableError) as caught:
        transport.send(HttpRequest("GET", "http://registry.invalid/"), reach=ANYWHERE, limit=LIMIT)
    assert str(caught.value) == "registry.invalid is not known to the name service."


def test_the_systems_reason_is_part_of_the_message() -> None:
    error = explain(OSError(113, "No route to host"), "r.example.com", Limits(1, 1, 1), overdue=False)
    assert str(error) == "r.example.com cannot be reached (no route to host)."
    assert isinstance(error, UnavailableError)


def test_a_proxy_that_is_gone_is_reported(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://user:secret@127.0.0.1:{port}")
    with pytest.raises(UnavailableError) as caught:
        transport.send(HttpRequest("GET", "https://registry.invalid/"), reach=ANYWHERE, limit=LIMIT)
    assert str(caught.value) == "registry.invalid cannot be reached through the proxy."


@pytest.mark.parametrize("url", ["ftp://h/", "nonsense", "http://", "http://[::1", "http://h:99999/"])
def test_an_invalid_address_is_reported(transport: Transport, url: str) -> None:
    with pytest.raises(RemoteError, match=r"^an address was given that is not (a|an http or https) URL\.$"):
        transport.send(HttpRequest("GET", url), reach=ANYWHERE, limit=LIMIT)


def test_a_header_that_cannot_be_sent_is_an_error_without_its_value(transport: Transport) -> None:
    with FaultServer({"*": Reply()}) as server, pytest.raises(RemoteError) as caught:
        transport.send(
            HttpRequest("GET", server.url, {"Authorization": "Bearer a\r\nb: c"}), reach=ANYWHERE, limit=LIMIT
        )
    assert str(caught.value) == f"{server.address} cannot be asked: its address or a header is malformed."


def test_a_certificate_without_a_trusted_authority_is_refused(transport: Transport, certificate: Certificate) -> None:
    with (
        FaultServer({"*": Reply()}, tls=tls_server(certificate)) as server,
        pytest.raises(UnavailableError) as caught,
    ):
        get(transport, server)
    assert str(caught.value) == (
        f"{server.address} has a certificate that is not trusted (self-signed certificate). Name its CA with caFile."
    )
    assert not caught.value.retryable


def test_a_ca_file_makes_a_certificate_trusted(transport: Transport, certificate: Certificate) -> None:
    with FaultServer({"*": Reply(200, {}, b"safe")}, tls=tls_server(certificate)) as server:
        answer = get(transport, server, trust=Trust(ca_file=str(certificate.certificate)))
    assert answer.body == b"safe"


def test_an_insecure_host_is_believed_without_a_warning(transport: Transport, certificate: Certificate) -> None:
    with FaultServer({"*": Reply(200, {}, b"who knows")}, tls=tls_server(certificate)) as server:
        assert get(transport, server, trust=Trust(verify=False)).body == b"who knows"


def test_a_connection_without_verification_is_not_used_for_verified_requests(
    transport: Transport, certificate: Certificate
) -> None:
    with FaultServer({"*": Reply()}, tls=tls_server(certificate)) as server:
        get(transport, server, trust=Trust(verify=False))
        with pytest.raises(UnavailableError):
            get(transport, server)


def test_a_certificate_for_another_host_is_refused(transport: Transport, certificate: Certificate) -> None:
    context = tls_server(certificate)
    with (
        FaultServer({"*": Reply()}, host="127.0.0.2", tls=context) as server,
        pytest.raises(UnavailableError) as caught,
    ):
        get(transport, server, trust=Trust(ca_file=str(certificate.certificate)))
    assert str(caught.value) == (
        f"{server.address} has a certificate that is not trusted (IP address mismatch, certificate is not valid for "
        "'127.0.0.2'). Name its CA with caFile."
    )


def test_plain_http_where_tls_was_expected_is_reported(transport: Transport) -> None:
    with FaultServer({"*": Reply()}) as server, pytest.raises(UnavailableError) as caught:
        transport.send(HttpRequest("GET", f"https://{server.address}/"), reach=ANYWHERE, limit=LIMIT)
    assert str(caught.value) == (
        f"{server.address} does not speak TLS as it should. Declare it insecure if it is plain HTTP."
    )


def test_a_handshake_that_hangs_ends_with_the_connect_timeout() -> None:
    with (
        Transport(connect_timeout=0.3) as transport,
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(UnavailableError) as caught,
    ):
        transport.send(HttpRequest("GET", f"https://127.0.0.1:{silent.getsockname()[1]}/"), reach=ANYWHERE, limit=LIMIT)
    address = str(caught.value).partition(" ")[0]
    assert str(caught.value) == f"{address} did not accept a connection within 0.3 s."


def test_a_ca_file_that_is_missing_or_invalid_is_a_usage_error(transport: Transport, tmp_path: Path) -> None:
    missing, empty = tmp_path / "no.pem", tmp_path / "empty.pem"
    empty.write_text("nothing here")
    with pytest.raises(UsageError) as caught:
        transport.send(HttpRequest("GET", "https://h/"), reach=ANYWHERE, limit=LIMIT, trust=Trust(ca_file=str(missing)))
    assert str(caught.value) == f"caFile {missing}: cannot be read: No such file or directory. Correct the path."
    with pytest.raises(UsageError) as caught:
        transport.send(HttpRequest("GET", "https://h/"), reach=ANYWHERE, limit=LIMIT, trust=Trust(ca_file=str(empty)))
    assert str(caught.value) == f"caFile {empty}: holds no certificates. Give it a PEM file."


def test_credentials_do_not_show_when_a_message_is_printed() -> None:
    request = HttpRequest("GET", "https://h/", {"Authorization": "Bearer abc"}, b"refresh_token=abc")
    assert "abc" not in repr(request)
    assert "abc" not in repr(HttpResponse(200, {"x": "abc"}, b"abc", "https://h/?t=abc"))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://Quay.io/v2/", "quay.io"),
        ("https://quay.io:443/", "quay.io"),
        ("http://quay.io:443/", "quay.io:443"),
        ("http://[::1]:5000/", "[::1]:5000"),
    ],
)
def test_an_origin_is_named_without_its_schemes_own_port(url: str, name: str) -> None:
    assert Origin.of(url).name == name


@pytest.mark.parametrize(
    "url", ["https://quay.io\\@example.com/", "https://quay.io\\.example.com/", "https://\\quay.io/"]
)
def test_an_address_that_two_parsers_read_differently_is_refused(url: str) -> None:
    with pytest.raises(RemoteError) as caught:
        Origin.of(url)
    assert str(caught.value) == "an address was given that is not a URL."
