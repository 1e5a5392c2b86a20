"""Guarantee 6 of the design: every fault of a registry becomes one failure with a reason and a sentence."""

import ssl
from pathlib import Path

import pytest

from reconciler.demo.image import OCI, Pieces
from reconciler.model.config import Installation, RegistryRule
from reconciler.model.host import Host
from reconciler.model.observation import Failure, Found, Question, Reason
from reconciler.registry.client import RegistryClient
from reconciler.registry.manifest import OCI_INDEX, OCI_MANIFEST
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
    html,
)
from tests.kit.real_registry import Certificate
from tests.registry.conftest import SHORT_OF_TIME, WARY_OF_SILENCE, MakeClient, TimeLimits
from tests.registry.scripted import IMAGE, TAGGED, about, by_digest, manifest, serving

LOGIN = "Check the name, and log in with `docker login` if it is private."
TYPED = {"Content-Type": OCI_MANIFEST}
PRETTYJWS = {
    "Content-Type": "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "Docker-Content-Digest": "sha256:" + "1" * 64,
}
SCHEMA1 = (
    "{} has it as a schema 1 manifest, which is not supported. Push it again with a current docker, podman or skopeo."
)
TOO_LARGE = "{} sent more than the 4194304 bytes that are allowed."

# The answer to HEAD and GET of the manifest, and the result of the question; {} is the host.
BOTH: list[tuple[str, Behaviour, Reason, str]] = [
    ("not-found", Reply(404), Reason.NOT_FOUND, "{} does not have it (404). Check the name and the tag."),
    ("unauthorized", Reply(401), Reason.DENIED, "{} denies access (401). " + LOGIN),
    ("forbidden", Reply(403), Reason.DENIED, "{} denies access (403). " + LOGIN),
    (
        "limited",
        Reply(429),
        Reason.RATE_LIMITED,
        "{} allows no more requests for now (429). It is asked again in the next pass.",
    ),
    ("bad-request", Reply(400), Reason.INVALID, "{} refuses the request as malformed (400)."),
    ("slow-request", Reply(408), Reason.UNREACHABLE, "{} ran out of time (408)."),
    ("error", Reply(500), Reason.UNREACHABLE, "{} is out of order (500)."),
    ("bad-gateway", Reply(502), Reason.UNREACHABLE, "{} is out of order (502)."),
    ("unavailable", Reply(503), Reason.UNREACHABLE, "{} is out of order (503)."),
    ("gateway-timeout", Reply(504), Reason.UNREACHABLE, "{} is out of order (504)."),
    ("unknown-5xx", Reply(599), Reason.UNREACHABLE, "{} is out of order (599)."),
    ("teapot", Reply(418), Reason.MISMATCH, "{} answers with status 418, which has no meaning for this request."),
    ("no-content", Reply(204), Reason.MISMATCH, "{} answers with status 204, which has no meaning for this request."),
    ("no-location", Reply(302), Reason.MISMATCH, "{} answers with status 302, which has no meaning for this request."),
    ("html", html(), Reason.MISMATCH, "{} sent 'text/html', which is not a manifest."),
    ("html-as-manifest", Reply(200, TYPED, b"<html>"), Reason.MISMATCH, "{} sent something that is not JSON."),
    ("empty", Reply(200, TYPED), Reason.MISMATCH, "{} sent something that is not JSON."),
    ("deep", Reply(200, TYPED, b"[" * 100_000), Reason.MISMATCH, "{} sent something that is not JSON."),
    (
        "contradiction",
        Reply(200, {"Content-Type": OCI_INDEX}, IMAGE.manifest),
        Reason.MISMATCH,
        f"{{}} sent a manifest as '{OCI_INDEX}' whose own mediaType is '{OCI_MANIFEST}'.",
    ),
    ("schema1", Reply(200, PRETTYJWS, b'{"schemaVersion": 1}'), Reason.INVALID, SCHEMA1),
    ("schema1-as-text", Reply(200, {"Content-Type": "text/plain"}, b'{"schemaVersion": 1}'), Reason.INVALID, SCHEMA1),
    ("loop", Reply(302, {"Location": TAGGED}), Reason.MISMATCH, "{} redirects more than 5 times."),
    (
        "to-metadata-service",
        Reply(302, {"Location": "http://169.254.169.254/latest"}),
        Reason.MISMATCH,
        (
            "{} redirects to the private address 169.254.169.254, which is refused. "
            "Allow it with allowPrivate if it is correct."
        ),
    ),
    (
        "to-other-loopback",
        Reply(302, {"Location": "http://127.0.0.2:1/x"}),
        Reason.MISMATCH,
        "{} redirects to the private address 127.0.0.2:1, which is refused. Allow it with allowPrivate if it is correct.",
    ),
    (
        "to-file",
        Reply(302, {"Location": "file:///etc/passwd"}),
        Reason.MISMATCH,
        "{} redirects to an address that is not an http or https URL, which is refused.",
    ),
    (
        "to-nowhere",
        Reply(302, {"Location": "http://[::1"}),
        Reason.MISMATCH,
        "{} redirects to an address that is not an http or https URL, which is refused.",
    ),
    ("break", Break(), Reason.UNREACHABLE, "{} broke the connection off."),
    ("reset", Break(reset=True), Reason.UNREACHABLE, "{} broke the connection off."),
    ("smtp", Raw(b"220 mail ESMTP\r\n"), Reason.MISMATCH, "{} sent an answer that is not HTTP."),
]

# The answer to GET if HEAD is not supported.
BODY: list[tuple[str, Behaviour, Reason, str]] = [
    ("cut", CutBody(TYPED), Reason.UNREACHABLE, "{} broke its answer off in the middle."),
    ("endless", EndlessBody(TYPED), Reason.MISMATCH, TOO_LARGE),
    ("gigabyte", HugeBody(TYPED), Reason.MISMATCH, TOO_LARGE),
]


SILENT = "{} sent nothing for 0.3 s."
LATE = "{} did not finish its answer within 0.6 s."


def cases(rows: list[tuple[str, Behaviour, Reason, str]]) -> list[object]:
    return [pytest.param(*row, id=name) for name, *row in rows]


@pytest.mark.parametrize(("behaviour", "reason", "message"), cases(BOTH))
def test_every_answer_to_a_tag_is_a_reason_and_a_sentence(
    make_client: MakeClient, behaviour: Behaviour, reason: Reason, message: str
) -> None:
    with FaultServer({f"* {TAGGED}": behaviour}) as server:
        answer = make_client().resolve(about(server))
    assert answer == Failure(reason, f"image {server.address}/a/b:1: {message.format(server.address)}")


@pytest.mark.parametrize(("behaviour", "reason", "message"), cases(BODY))
def test_every_body_is_bounded_in_size_and_time(
    make_client: MakeClient, behaviour: Behaviour, reason: Reason, message: str
) -> None:
    with FaultServer({f"HEAD {TAGGED}": Reply(405), f"GET {TAGGED}": behaviour}) as server:
        answer = make_client().resolve(about(server))
    assert answer == Failure(reason, f"image {server.address}/a/b:1: {message.format(server.address)}")


@pytest.mark.parametrize(
    ("behaviour", "patience", "message"),
    [
        (HangBeforeHeaders(), WARY_OF_SILENCE, SILENT),
        (HangBeforeHeaders(), SHORT_OF_TIME, LATE),
        (DripHeaders(), SHORT_OF_TIME, LATE),
        (DripBody(TYPED), SHORT_OF_TIME, LATE),
        (HugeBody(TYPED, announced=1000), WARY_OF_SILENCE, SILENT),
    ],
)
def test_a_registry_that_keeps_us_waiting_is_unreachable(
    make_client: MakeClient, behaviour: Behaviour, patience: TimeLimits, message: str
) -> None:
    with FaultServer({f"HEAD {TAGGED}": Reply(405), f"GET {TAGGED}": behaviour}) as server:
        answer = make_client(patience=patience).resolve(about(server))
    assert answer == Failure(Reason.UNREACHABLE, f"image {server.address}/a/b:1: {message.format(server.address)}")


OTHER = Pieces(OCI.manifest, IMAGE.manifest + b" ")


def test_another_digest_than_the_requested_one_is_a_mismatch(make_client: MakeClient) -> None:
    with FaultServer({f"HEAD {by_digest(IMAGE)}": manifest(OTHER)}) as server:
        answer = make_client().resolve(about(server, IMAGE.digest))
    text = f"answers with another digest ({OTHER.digest}) than it was asked for."
    assert answer == Failure(Reason.MISMATCH, f"image {server.address}/a/b@{IMAGE.digest}: {server.address} {text}")


@pytest.mark.parametrize("head", [Reply(405), manifest(IMAGE)])
def test_other_bytes_than_a_digest_promises_are_a_mismatch(make_client: MakeClient, head: Reply) -> None:
    path = by_digest(IMAGE)
    with FaultServer({f"HEAD {path}": head, f"GET {path}": manifest(OTHER)}) as server:
        answer = make_client().resolve(about(server, IMAGE.digest))
    text = f"sent other bytes than the digest {IMAGE.digest} promises."
    assert answer == Failure(Reason.MISMATCH, f"image {server.address}/a/b@{IMAGE.digest}: {server.address} {text}")


def test_a_new_tag_whose_bytes_do_not_match_its_head_is_a_mismatch(make_client: MakeClient) -> None:
    with FaultServer(serving(IMAGE) | {f"* {by_digest(IMAGE)}": manifest(OTHER)}) as server:
        answer = make_client().resolve(about(server))
    text = f"sent other bytes than the digest {IMAGE.digest} promises."
    assert answer == Failure(Reason.MISMATCH, f"image {server.address}/a/b:1: {server.address} {text}")


def test_a_refused_connection_is_unreachable(make_client: MakeClient) -> None:
    with FaultServer({}) as server:
        question = about(server)
    answer = make_client().resolve(question)
    assert answer == Failure(Reason.UNREACHABLE, f"image {question}: {server.address} refuses the connection.")


def test_a_registry_that_does_not_exist_is_unreachable(make_client: MakeClient) -> None:
    answer = make_client().resolve(Question(Host("registry.invalid"), "a/b", "1"))
    assert answer == Failure(
        Reason.UNREACHABLE, "image registry.invalid/a/b:1: registry.invalid is not known to the name service."
    )


def test_a_ca_file_that_cannot_be_read_fails_only_the_questions_it_is_for(make_client: MakeClient) -> None:
    rule = RegistryRule("r.example.com", ca_file="/no/such/ca.pem")
    client = make_client(installation=Installation(registries=(rule,)))
    answer = client.resolve(Question(Host("r.example.com"), "a/b", "1"))
    assert answer == Failure(
        Reason.INVALID,
        "image r.example.com/a/b:1: caFile /no/such/ca.pem: cannot be read: No such file or directory. "
        "Correct the path.",
    )


def test_a_registry_that_hangs_does_not_keep_others_from_answering(make_client: MakeClient) -> None:
    client = make_client(patience=TimeLimits(total=2.0))
    with FaultServer({"*": HangBeforeHeaders()}) as slow, FaultServer(serving(IMAGE)) as quick:
        assert isinstance(client.resolve(about(slow)), Failure)
        assert client.resolve(about(quick), known=frozenset({IMAGE.digest})) == Found(IMAGE.digest)


def test_an_insecure_registry_is_called_over_https_first_and_then_over_http(
    make_client: MakeClient,
) -> None:
    with FaultServer(serving(IMAGE)) as server:
        rule = RegistryRule(server.address, insecure=True)
        client = make_client(installation=Installation(registries=(rule,)))
        assert client.resolve(about(server), known=frozenset({IMAGE.digest})) == Found(IMAGE.digest)
        connections = server.connections
        assert client.resolve(about(server), known=frozenset({IMAGE.digest})) == Found(IMAGE.digest)
        assert server.connections == connections
    assert server.requested().count(f"HEAD {TAGGED}") == 2
    assert connections > 1


def test_a_registry_of_this_machine_that_speaks_tls_is_not_called_malformed(
    client: RegistryClient, tmp_path: Path
) -> None:
    certificate = Certificate.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    with FaultServer(serving(IMAGE), tls=context) as server:
        answer = client.resolve(about(server))
    assert answer == Failure(
        Reason.UNREACHABLE,
        f"image {server.address}/a/b:1: {server.address} has a certificate that is not trusted "
        "(self-signed certificate). Name its CA with caFile.",
    )


def test_an_insecure_registry_with_an_untrusted_certificate_is_called_over_https(
    make_client: MakeClient, tmp_path: Path
) -> None:
    certificate = Certificate.make(tmp_path)
    other_folder = tmp_path / "other"
    other_folder.mkdir()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    with FaultServer(serving(IMAGE), tls=context) as server:
        rule = RegistryRule(server.address, insecure=True)
        client = make_client(installation=Installation(registries=(rule,)))
        assert client.resolve(about(server), known=frozenset({IMAGE.digest})) == Found(IMAGE.digest)
        trusting = RegistryRule(server.address, ca_file=str(certificate.certificate))
        client = make_client(installation=Installation(registries=(trusting,)))
        assert client.resolve(about(server), known=frozenset({IMAGE.digest})) == Found(IMAGE.digest)
        other = Certificate.make(other_folder)
        doubting = make_client(
            installation=Installation(registries=(RegistryRule(server.address, ca_file=str(other.certificate)),))
        )
        assert doubting.resolve(about(server)) == Failure(
            Reason.UNREACHABLE,
            f"image {server.address}/a/b:1: {server.address} has a certificate that is not trusted "
            "(self-signed certificate). Name its CA with caFile.",
        )
