"""The registry of the demo, over plain HTTP, with our client and with skopeo."""

import http.client
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.demo.image import OCI, TinyImage, build_image, digest_of
from reconciler.demo.registry import DemoRegistry
from reconciler.model.config import Installation
from reconciler.model.host import Host
from reconciler.model.observation import Found, ImageMetadata, Question
from reconciler.registry.client import RegistryClient
from reconciler.registry.credentials.credential import Credentials
from reconciler.transport.session import Transport
from tests.kit.clock import FakeClock
from tests.kit.images import DOCKER, Pusher


@pytest.fixture
def registry() -> Iterator[DemoRegistry]:
    with DemoRegistry() as running:
        yield running


def send_request(
    registry: DemoRegistry, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(registry.address, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_a_pushed_image_is_what_our_client_finds(registry: DemoRegistry) -> None:
    digest = registry.push("acme/app", "1", version="1.4.2", created="2026-01-01T00:00:00Z", source="https://g")
    with Transport() as transport, RegistryClient(transport, Credentials(), Installation(), FakeClock()) as client:
        found = client.resolve(Question(Host(registry.address), "acme/app", "1"))
    labels = {"org.opencontainers.image.version": "1.4.2", "org.opencontainers.image.source": "https://g"}
    assert found == Found(
        digest, ImageMetadata("2026-01-01T00:00:00Z", "1.4.2", None, "https://g", ("linux/amd64",), labels)
    )


def test_content_makes_another_image_and_the_same_content_the_same(registry: DemoRegistry) -> None:
    first = registry.push("a", "1", content=b"one")
    assert registry.push("a", "2", content=b"two") != first
    assert registry.push("b", "1", content=b"one") == first


def test_an_index_names_its_platforms(registry: DemoRegistry) -> None:
    digest = registry.push_index("a", "1", ["linux/amd64", "linux/arm/v7"])
    status, headers, body = send_request(registry, "GET", "/v2/a/manifests/1")
    assert (status, headers["content-type"], headers["docker-content-digest"]) == (200, OCI.index, digest)
    children = json.loads(body)["manifests"]
    assert [child["platform"] for child in children] == [
        {"architecture": "amd64", "os": "linux"},
        {"architecture": "arm", "os": "linux", "variant": "v7"},
    ]
    assert send_request(registry, "GET", f"/v2/a/manifests/{children[0]['digest']}")[0] == 200


def test_head_is_get_without_the_body(registry: DemoRegistry) -> None:
    digest = registry.push("a", "1")
    status, headers, body = send_request(registry, "HEAD", f"/v2/a/manifests/{digest}")
    assert (status, headers["docker-content-digest"], body) == (200, digest, b"")
    assert int(headers["content-length"]) == len(send_request(registry, "GET", "/v2/a/manifests/1")[2])


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (OCI.manifest, 200),
        (f"{DOCKER.manifest}, {OCI.manifest};q=0.5", 200),
        ("*/*", 200),
        (DOCKER.manifest, 404),
        ("text/html", 404),
    ],
)
def test_a_manifest_whose_type_is_not_accepted_is_not_there(registry: DemoRegistry, accept: str, status: int) -> None:
    registry.push("a", "1")
    assert send_request(registry, "GET", "/v2/a/manifests/1", Accept=accept)[0] == status


def test_tags_are_listed_and_can_be_taken_away(registry: DemoRegistry) -> None:
    for tag in ("2", "1", "latest"):
        registry.push("a/b", tag)
    assert json.loads(send_request(registry, "GET", "/v2/a/b/tags/list")[2]) == {
        "name": "a/b",
        "tags": ["1", "2", "latest"],
    }
    registry.delete_tag("a/b", "2")
    assert send_request(registry, "GET", "/v2/a/b/manifests/2")[0] == 404
    assert send_request(registry, "GET", "/v2/none/tags/list")[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v2/a/manifests/gone", 404, "MANIFEST_UNKNOWN"),
        ("GET", f"/v2/a/blobs/{digest_of(b'gone')}", 404, "BLOB_UNKNOWN"),
        ("GET", "/v2/a/blobs/uploads/gone", 404, "BLOB_UPLOAD_UNKNOWN"),
        ("PUT", "/v2/a/manifests/1", 400, "MANIFEST_INVALID"),
        ("POST", "/v2/a/manifests/1", 404, "UNSUPPORTED"),
        ("GET", "/elsewhere", 404, "NAME_UNKNOWN"),
    ],
)
def test_refusals_have_the_specifications_codes(
    registry: DemoRegistry, method: str, path: str, status: int, code: str
) -> None:
    answer, _, body = send_request(registry, method, path)
    assert answer == status
    assert json.loads(body)["errors"][0]["code"] == code


def test_a_manifest_needs_its_blobs_and_its_own_digest(registry: DemoRegistry) -> None:
    pieces = build_image(TinyImage(content=b"x"))
    typed = {"Content_Type": pieces.media_type}
    _, _, body = send_request(registry, "PUT", "/v2/a/manifests/1", pieces.manifest, **typed)
    assert json.loads(body)["errors"][0]["code"] == "MANIFEST_BLOB_UNKNOWN"
    Pusher(registry.address).pieces("a", "1", pieces)
    _, _, body = send_request(registry, "PUT", f"/v2/a/manifests/{digest_of(b'other')}", pieces.manifest, **typed)
    assert json.loads(body)["errors"][0]["code"] == "DIGEST_INVALID"


def test_a_blob_that_is_not_its_digest_is_refused(registry: DemoRegistry) -> None:
    path = f"/v2/a/blobs/uploads/?digest={digest_of(b'one')}"
    assert send_request(registry, "POST", path, b"two")[0] == 400
    assert send_request(registry, "POST", path, b"one")[0] == 201


def test_every_request_is_recorded_without_its_query(registry: DemoRegistry) -> None:
    registry.push("a", "1")
    send_request(registry, "HEAD", "/v2/a/manifests/1?x=y")
    assert registry.requests == [("HEAD", "/v2/a/manifests/1")]


def test_pushing_over_http_gives_what_pushing_directly_gives(registry: DemoRegistry) -> None:
    direct = registry.push("a", "1", version="2", content=b"x")
    image = TinyImage(labels={"org.opencontainers.image.version": "2"}, content=b"x")
    assert Pusher(registry.address).image("b", "1", image) == direct


def test_skopeo_pulls_pushes_and_finds_the_same_digest(registry: DemoRegistry, tmp_path: Path) -> None:
    image = registry.push("acme/app", "1", content=b"x")
    index = registry.push_index("acme/multi", "1", ["linux/amd64", "linux/arm64"])
    for name, digest in (("acme/app", image), ("acme/multi", index)):
        source, target = f"docker://{registry.address}/{name}:1", f"docker://{registry.address}/copy/{name}:1"
        layout = f"oci:{tmp_path / name.replace('/', '-')}"
        insecure = ["--insecure-policy", "copy", "--all", "--quiet"]
        plain = ["--src-tls-verify=false"], ["--dest-tls-verify=false"]
        subprocess.run(["skopeo", *insecure, *plain[0], source, layout], check=True, capture_output=True)
        subprocess.run(["skopeo", *insecure, *plain[1], layout, target], check=True, capture_output=True)
        status, headers, _ = send_request(registry, "HEAD", f"/v2/copy/{name}/manifests/1")
        assert (status, headers["docker-content-digest"]) == (200, digest)


def test_a_stopped_registry_hangs_up_on_who_is_still_connected() -> None:
    with DemoRegistry() as registry:
        connection = http.client.HTTPConnection(registry.address, timeout=10)
        connection.request("GET", "/v2/")
        assert connection.getresponse().read() == b"{}"
    connection.auto_open = 0
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        _ask_again(connection)
    connection.close()


def _ask_again(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/v2/")
    connection.getresponse()


def test_a_blob_may_come_in_chunks(registry: DemoRegistry) -> None:
    upload = send_request(registry, "POST", "/v2/a/blobs/uploads/")[1]["location"]
    connection = http.client.HTTPConnection(registry.address, timeout=10)
    connection.request("PATCH", upload, iter([b"on", b"e"]), encode_chunked=True)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert (answer.status, answer.headers["Range"]) == (202, "0-2")
    assert send_request(registry, "GET", upload)[1]["range"] == "0-2"
    assert send_request(registry, "PUT", f"{upload}?digest={digest_of(b'one')}")[0] == 201
    assert send_request(registry, "GET", f"/v2/a/blobs/{digest_of(b'one')}")[2] == b"one"


@pytest.mark.parametrize(("chunk", "status"), [(b"zz", 400), (b"-1", 413), (b"fffffffff", 413)])
def test_chunks_that_are_none_or_too_large_are_refused(registry: DemoRegistry, chunk: bytes, status: int) -> None:
    assert (
        send_request(registry, "POST", "/v2/a/blobs/uploads/", chunk + b"\r\n", Transfer_Encoding="chunked")[0]
        == status
    )


def test_a_body_that_is_too_large_is_refused_unread(registry: DemoRegistry) -> None:
    assert send_request(registry, "POST", "/v2/a/blobs/uploads/", None, Content_Length=str(1 << 40))[0] == 413


def test_a_blob_that_is_there_need_not_be_sent_again(registry: DemoRegistry) -> None:
    send_request(registry, "POST", f"/v2/a/blobs/uploads/?digest={digest_of(b'one')}", b"one")
    assert send_request(registry, "POST", f"/v2/b/blobs/uploads/?mount={digest_of(b'one')}&from=a")[0] == 201
    assert send_request(registry, "POST", f"/v2/b/blobs/uploads/?mount={digest_of(b'two')}&from=a")[0] == 202


def test_a_client_that_tries_tls_first_gets_an_answer_at_once(registry: DemoRegistry) -> None:
    digest = registry.push("a", "1")
    clock = FakeClock()
    with Transport() as transport, RegistryClient(transport, Credentials(), Installation(), clock) as client:
        question = Question(Host(registry.address), "a", "1", insecure=True)
        assert client.resolve(question, known=frozenset({digest})) == Found(digest)
    assert clock.pauses == []
