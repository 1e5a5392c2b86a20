"""Trusted authorities and client certificates, against real TLS servers with certificates made for the test."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest
import urllib3.exceptions

from reconciler.errors import RemoteError, UnavailableError, UsageError
from reconciler.model.host import Host
from reconciler.transport.certificate import MachineCertificates, machine_certificates
from reconciler.transport.failure import Limits, explain
from reconciler.transport.message import HttpRequest, Trust
from reconciler.transport.reach import ANYWHERE
from reconciler.transport.session import Transport
from tests.kit.authority import Authority, Pair
from tests.kit.faults import FaultServer, Reply

Choosy = Callable[..., tuple[list[int], int]]
REFUSED = "does not take our client certificate, or wants one. Name the right one with certFile and keyFile."


class Get(Protocol):
    def __call__(
        self, server: FaultServer, trust: Trust | None = None, here: MachineCertificates | None = None
    ) -> bytes: ...


@pytest.fixture
def get() -> Iterator[Get]:
    with ExitStack() as stack:

        def ask(server: FaultServer, trust: Trust | None = None, here: MachineCertificates | None = None) -> bytes:
            transport = stack.enter_context(Transport(machine=here))
            return transport.send(HttpRequest("GET", f"{server.url}/"), reach=ANYWHERE, limit=100, trust=trust).body

        yield ask


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def own(authority: Authority) -> Pair:
    return authority.issue("server")


@pytest.fixture(scope="module")
def client(authority: Authority) -> Pair:
    return authority.issue("client")


@pytest.fixture
def server(own: Pair) -> Iterator[FaultServer]:
    with FaultServer({"*": Reply(200, {}, b"safe")}, tls=own.server()) as running:
        yield running


@pytest.fixture
def mtls_server(own: Pair, authority: Authority) -> Iterator[FaultServer]:
    """A server that requires a client certificate."""
    with FaultServer({"*": Reply(200, {}, b"known")}, tls=own.server(authority.root.certificate)) as running:
        yield running


def folder(root: Path, server: FaultServer, **files: Path) -> MachineCertificates:
    """A machine whose `certs.d` has a folder for the server; `_` in the names of files means a dot."""
    here = root / server.address
    here.mkdir(parents=True)
    for name, source in files.items():
        shutil.copy(source, here / name.replace("_", "."))
    return MachineCertificates(folders=(root / "absent", root))


def test_a_folder_of_certs_d_makes_its_hosts_authority_trusted(
    get: Get, server: FaultServer, authority: Authority, tmp_path: Path
) -> None:
    assert get(server, here=folder(tmp_path, server, ca_crt=authority.root.certificate)) == b"safe"
    with pytest.raises(UnavailableError, match="is not trusted"):
        get(server, here=MachineCertificates(folders=(tmp_path / "other",)))


def test_the_first_folder_of_a_host_is_the_only_one(
    get: Get, server: FaultServer, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "first" / server.address).mkdir(parents=True)
    second = folder(tmp_path / "second", server, ca_crt=authority.root.certificate)
    with pytest.raises(UnavailableError, match="is not trusted"):
        get(server, here=MachineCertificates(folders=(tmp_path / "first", *second.folders)))


def test_a_client_certificate_of_the_rule_is_sent(
    get: Get, mtls_server: FaultServer, authority: Authority, client: Pair, tmp_path: Path
) -> None:
    ca = str(authority.root.certificate)
    assert get(mtls_server, Trust(True, ca, str(client.certificate), str(client.key))) == b"known"  # noqa: FBT003 - in order
    both = tmp_path / "both.pem"
    both.write_bytes(client.certificate.read_bytes() + client.key.read_bytes())
    assert get(mtls_server, Trust(ca_file=ca, cert_file=str(both))) == b"known"


def test_a_pair_of_certs_d_is_sent_if_credentials_may_be(
    get: Get, mtls_server: FaultServer, authority: Authority, client: Pair, tmp_path: Path
) -> None:
    files = {"ca_crt": authority.root.certificate, "me_cert": client.certificate, "me_key": client.key}
    here = folder(tmp_path, mtls_server, **files)
    assert get(mtls_server, here=here) == b"known"
    with pytest.raises(RemoteError):
        get(mtls_server, Trust(shows_certificate=False), here)


def pairs(root: Path, server: FaultServer, authority: Authority, *shown: Pair) -> MachineCertificates:
    """A machine with several client certificates for the server, tried in this order."""
    halves = {f"{letter}_cert": pair.certificate for letter, pair in zip("abc", shown, strict=False)}
    halves |= {f"{letter}_key": pair.key for letter, pair in zip("abc", shown, strict=False)}
    return folder(root, server, ca_crt=authority.root.certificate, **halves)


def test_every_pair_of_a_folder_is_tried_until_the_server_takes_one(
    get: Get, mtls_server: FaultServer, authority: Authority, client: Pair, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, "other").issue("stranger")
    assert get(mtls_server, here=pairs(tmp_path / "certs.d", mtls_server, authority, stranger, client)) == b"known"
    assert len(mtls_server.requests) == 1


def test_a_server_that_takes_no_pair_is_reported(
    get: Get, mtls_server: FaultServer, authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other")
    here = pairs(tmp_path / "certs.d", mtls_server, authority, other.issue("one"), other.issue("two"))
    with pytest.raises(UnavailableError) as caught:
        get(mtls_server, here=here)
    assert str(caught.value) in {f"{mtls_server.address} {REFUSED}", f"{mtls_server.address} broke the connection off."}
    assert mtls_server.requests == []


@pytest.fixture
def two_pair_server(authority: Authority, own: Pair, client: Pair, tmp_path: Path) -> Iterator[Choosy]:
    """A server that accepts two pairs in TLS, and then answers with one status after the other."""
    with FaultServer({}, tls=own.server(authority.root.certificate)) as server, ExitStack() as stack:
        transport = stack.enter_context(Transport(machine=pairs(tmp_path, server, authority, client, own)))

        def ask(method: str, *statuses: int, times: int = 1) -> tuple[list[int], int]:
            server.route("*", [Reply(status) for status in statuses])
            request = HttpRequest(method, f"{server.url}/")
            told = [transport.send(request, reach=ANYWHERE, limit=100).status for _ in range(times)]
            return told, len(server.requests)

        yield ask


@pytest.mark.parametrize(
    ("method", "statuses", "answer", "asked"),
    [
        ("GET", [403, 200], 200, 2),
        ("HEAD", [400, 200], 200, 2),
        ("GET", [403, 400], 403, 2),
        ("GET", [404, 200], 404, 1),
        ("GET", [401, 200], 401, 1),  # about a password
        ("POST", [400, 200], 400, 1),  # its body may be valid only once
    ],
)
def test_a_certificate_that_http_refuses_makes_room_for_the_next(
    two_pair_server: Choosy, method: str, statuses: list[int], *, answer: int, asked: int
) -> None:
    assert two_pair_server(method, *statuses) == ([answer], asked)


def test_the_accepted_pair_is_sent_first_next_time(two_pair_server: Choosy) -> None:
    assert two_pair_server("GET", 403, 200, 200, times=2) == ([200, 200], 3)


def test_a_folder_has_the_name_that_a_registry_has_in_references(
    get: Get, server: FaultServer, authority: Authority, tmp_path: Path
) -> None:
    here = tmp_path / "docker.io"
    here.mkdir()
    shutil.copy(authority.root.certificate, here / "hub.crt")
    assert get(server, Trust(name=Host("docker.io")), MachineCertificates(folders=(tmp_path,))) == b"safe"
    with pytest.raises(UnavailableError, match="is not trusted"):
        get(server, Trust(), MachineCertificates(folders=(tmp_path,)))


def test_a_machine_says_whether_it_has_certificates_for_a_host(tmp_path: Path) -> None:
    here = MachineCertificates(folders=(tmp_path,))
    for host in ("empty:5000", "full:5000", "Quay.IO:443"):
        (tmp_path / host).mkdir()
    (tmp_path / "Quay.IO:443/ca.crt").touch()
    (tmp_path / "empty:5000/readme.txt").touch()
    (tmp_path / "full:5000/ca.crt").touch()
    hosts = ("empty:5000", "full:5000", "absent", "QUAY.io")
    assert [here.has_certificates(Host(host)) for host in hosts] == [False, True, False, True]


def test_a_server_that_misses_or_refuses_a_client_certificate_is_reported(
    get: Get, mtls_server: FaultServer, authority: Authority, tmp_path: Path
) -> None:
    ca = str(authority.root.certificate)
    other = Authority(tmp_path, "other").issue("stranger")
    for trust in (Trust(ca_file=ca), Trust(ca_file=ca, cert_file=str(other.certificate), key_file=str(other.key))):
        with pytest.raises(UnavailableError) as caught:
            get(mtls_server, trust)
        # TLS 1.3 sends the alert after the handshake; a client that is sending may only see the connection break.
        host = mtls_server.address
        assert str(caught.value) in {f"{host} {REFUSED}", f"{host} broke the connection off."}


def test_tls_alerts_about_a_client_certificate_have_a_message() -> None:
    alert = ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required")
    alert.reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    wrapped = urllib3.exceptions.SSLError(alert)
    assert str(explain(wrapped, "h", Limits(1, 1, 1), overdue=False)) == f"h {REFUSED}"


def test_half_a_pair_is_reported(get: Get, server: FaultServer, client: Pair, tmp_path: Path) -> None:
    halves = {"key": {"me_cert": client.certificate}, "cert": {"me_key": client.key}}
    for missing, files in halves.items():
        here = folder(tmp_path / missing, server, **files)
        stem = tmp_path / missing / server.address / "me"
        there = "certificate" if missing == "key" else "key"
        with pytest.raises(UsageError) as caught:
            get(server, here=here)
        present = f"{stem}.{'cert' if missing == 'key' else 'key'}"
        assert str(caught.value) == f"{there} {present}: {stem}.{missing} does not exist. Put the pair side by side."


def test_a_certificate_or_key_that_cannot_be_used_is_reported(
    get: Get, server: FaultServer, authority: Authority, own: Pair, client: Pair, tmp_path: Path
) -> None:
    def message(certificate: Path, key: Path) -> str:
        with pytest.raises(UsageError) as caught:
            get(server, Trust(cert_file=str(certificate), key_file=str(key)))
        return str(caught.value)

    text = "are not a certificate and its key without a passphrase. Give them PEM files that belong together."
    for key in (own.key, authority.encrypted(client), client.certificate):
        assert message(client.certificate, key) == f"{client.certificate} and {key}: {text}"
    missing = tmp_path / "no.key"
    assert message(client.certificate, missing) == (
        f"keyFile {missing}: cannot be read. Correct the path or its permissions."
    )


def test_a_bundle_of_the_environment_is_trusted_and_nothing_else(
    get: Get, server: FaultServer, authority: Authority, tmp_path: Path
) -> None:
    assert get(server, here=MachineCertificates(bundle=str(authority.root.certificate))) == b"safe"
    other = Authority(tmp_path, "other").root.certificate
    with pytest.raises(UnavailableError, match="is not trusted"):
        get(server, here=MachineCertificates(bundle=str(other)))
    assert (
        get(server, Trust(ca_file=str(authority.root.certificate)), MachineCertificates(bundle=str(other))) == b"safe"
    )
    missing = tmp_path / "no.pem"
    with pytest.raises(UsageError) as caught:
        get(server, here=MachineCertificates(bundle=str(missing)))
    assert str(caught.value) == (
        f"REQUESTS_CA_BUNDLE {missing}: cannot be read: No such file or directory. Correct the path."
    )


def test_openssls_own_variables_are_honoured(
    get: Get, server: FaultServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root.certificate))
    assert get(server, here=machine_certificates({"SSL_CERT_FILE": str(authority.root.certificate)})) == b"safe"


def test_a_certificate_that_changes_is_read_again(
    get: Get, server: FaultServer, authority: Authority, tmp_path: Path
) -> None:
    ca = tmp_path / "ca.pem"
    shutil.copy(Authority(tmp_path, "old").root.certificate, ca)
    with pytest.raises(UnavailableError, match="is not trusted"):
        get(server, Trust(ca_file=str(ca)))
    shutil.copy(authority.root.certificate, tmp_path / "new")
    (tmp_path / "new").replace(ca)
    assert get(server, Trust(ca_file=str(ca))) == b"safe"


def test_the_environment_says_where_certificates_are() -> None:
    places = (Path("/etc/containers/certs.d"), Path("/etc/docker/certs.d"))
    assert machine_certificates({}) == MachineCertificates(folders=places)
    environ = {"HOME": "/h", "REQUESTS_CA_BUNDLE": "/r", "CURL_CA_BUNDLE": "/c", "SSL_CERT_DIR": "/d"}
    own = Path("/h/.config/containers/certs.d")
    assert machine_certificates(environ) == MachineCertificates(bundle="/r", is_set_up=True, folders=(own, *places))
    assert machine_certificates({"CURL_CA_BUNDLE": "/c"}).bundle == "/c"
    assert machine_certificates({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}).folders[0] == Path("/x/containers/certs.d")
