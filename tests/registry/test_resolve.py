"""The cost and the result of a question, with a registry that behaves well and with one that supports less."""

import re
from dataclasses import replace

import pytest

from reconciler.demo.image import MediaTypes, Pieces, TinyImage, build_image, build_index, digest_of
from reconciler.model.observation import Failure, Found, ImageMetadata, Platform, Question, Reason
from reconciler.model.stream import ImportMode
from reconciler.registry.client import RegistryClient
from reconciler.registry.manifest import ACCEPT
from tests.kit.faults import FaultServer, Reply
from tests.registry.scripted import CHILDREN, IMAGE, INDEX, TAGGED, about, by_digest, manifest, serving

VERSION = "org.opencontainers.image.version"
METADATA = ImageMetadata(version="1.2", platforms=("linux/amd64",), labels={VERSION: "1.2"})
AMD64, ARM64 = CHILDREN["linux/amd64"], CHILDREN["linux/arm64"]


def known(*digests: str) -> frozenset[str]:
    return frozenset(digests)


def test_a_known_image_costs_one_head_and_no_body(client: RegistryClient) -> None:
    with FaultServer(serving(IMAGE)) as server:
        assert client.resolve(about(server), known=known(IMAGE.digest)) == Found(IMAGE.digest)
    assert server.requested() == [f"HEAD {TAGGED}"]
    assert server.requests[0].headers["accept"] == ACCEPT


def test_a_new_image_is_found_with_its_metadata(client: RegistryClient) -> None:
    with FaultServer(serving(IMAGE)) as server:
        assert client.resolve(about(server)) == Found(IMAGE.digest, METADATA)
    config = digest_of(IMAGE.blobs[0])
    assert server.requested() == [f"HEAD {TAGGED}", f"GET {by_digest(IMAGE)}", f"GET /v2/a/b/blobs/{config}"]


def test_a_digest_is_requested_as_it_is(client: RegistryClient) -> None:
    with FaultServer(serving(IMAGE)) as server:
        assert client.resolve(about(server, IMAGE.digest), known=known(IMAGE.digest)) == Found(IMAGE.digest)
    assert server.requested() == [f"HEAD {by_digest(IMAGE)}"]


@pytest.mark.parametrize(
    "head",
    [
        Reply(405),
        Reply(501),
        Reply(200, {"Content-Type": IMAGE.media_type}),
        Reply(200, {"Content-Type": IMAGE.media_type, "Docker-Content-Digest": "latest"}),
        Reply(200, {"Content-Type": IMAGE.media_type, "Docker-Content-Digest": IMAGE.digest.upper()}),
        Reply(200, {"Content-Type": "application/json", "Docker-Content-Digest": IMAGE.digest}),
        Reply(200, {"Docker-Content-Digest": IMAGE.digest}),
    ],
)
def test_where_head_tells_too_little_the_bytes_are_hashed(client: RegistryClient, head: Reply) -> None:
    with_wrong_size = manifest(IMAGE, Docker_Content_Digest="sha256:" + "0" * 64)
    with FaultServer({f"HEAD {TAGGED}": head, f"GET {TAGGED}": with_wrong_size}) as server:
        assert client.resolve(about(server), known=known(IMAGE.digest)) == Found(IMAGE.digest)
    assert server.requested() == [f"HEAD {TAGGED}", f"GET {TAGGED}"]


def test_an_index_is_its_own_digest_with_the_platforms_of_all(client: RegistryClient) -> None:
    with FaultServer(serving(ARM64, AMD64, INDEX)) as server:
        answer = client.resolve(about(server))
    assert answer == Found(INDEX.digest, ImageMetadata(platforms=("linux/arm64", "linux/amd64")))
    assert f"GET {by_digest(AMD64)}" in server.requested()


def test_legacy_mode_never_takes_an_attestation(client: RegistryClient) -> None:
    attestation = build_image(TinyImage(platform="unknown/unknown"))
    index = build_index({"unknown/unknown": attestation, "linux/arm64": ARM64})
    with FaultServer(serving(attestation, ARM64, index)) as server:
        answer = client.resolve(legacy(about(server)))
    assert answer == Found(ARM64.digest, ImageMetadata(platforms=("linux/arm64",)))


def attestations(how_many: int) -> dict[str, Pieces]:
    """In-toto statements under entries with an empty platform: only their manifests show what they are."""
    types = MediaTypes(layer="application/vnd.in-toto+json")
    return {
        f"{'/' * (number + 1)}": build_image(TinyImage(content=bytes([number])), types) for number in range(how_many)
    }


@pytest.mark.parametrize("how_many", [1, 2])
def test_legacy_mode_passes_over_an_attestation_that_the_index_does_not_call_one(
    client: RegistryClient, how_many: int
) -> None:
    statements = attestations(how_many)
    index = build_index(statements | {"linux/arm64": ARM64})
    with FaultServer(serving(*statements.values(), ARM64, index)) as server:
        answer = client.resolve(legacy(about(server)))
    assert answer == Found(ARM64.digest, ImageMetadata(platforms=("linux/arm64",)))


def test_an_index_of_attestations_alone_has_no_image_and_is_not_read_without_end(client: RegistryClient) -> None:
    statements = attestations(30)
    with FaultServer(serving(*statements.values(), build_index(statements))) as server:
        answer = client.resolve(legacy(about(server)))
    assert answer == Failure(
        Reason.MISMATCH,
        f"image {server.address}/a/b:1: {server.address} sent an index that names no image.",
    )
    assert sum("GET" in each for each in server.requested()) < len(statements)


def test_an_index_whose_child_is_gone_still_has_its_platforms(client: RegistryClient) -> None:
    with FaultServer(serving(INDEX)) as server:
        answer = client.resolve(about(server))
    assert answer == Found(INDEX.digest, ImageMetadata(platforms=("linux/arm64", "linux/amd64")))


def legacy(question: Question, platform: Platform | None = None) -> Question:
    return replace(question, import_mode=ImportMode.LEGACY, platform=platform or Platform())


def test_legacy_mode_takes_one_platform_with_its_own_metadata(client: RegistryClient) -> None:
    with FaultServer(serving(ARM64, AMD64, INDEX)) as server:
        plain = client.resolve(legacy(about(server)))
        preferred = client.resolve(legacy(about(server), Platform(architecture="arm64")))
    assert plain == Found(AMD64.digest, ImageMetadata(platforms=("linux/amd64",)))
    assert preferred == Found(ARM64.digest, ImageMetadata(platforms=("linux/arm64",)))


def test_legacy_mode_of_a_single_image_is_that_image(client: RegistryClient) -> None:
    with FaultServer(serving(IMAGE)) as server:
        assert client.resolve(legacy(about(server))) == Found(IMAGE.digest, METADATA)


def test_legacy_mode_looks_into_an_index_once(client: RegistryClient) -> None:
    with FaultServer(serving(ARM64, AMD64, INDEX)) as server:
        for _ in range(3):
            assert client.resolve(legacy(about(server)), known=known(AMD64.digest)) == Found(AMD64.digest)
    assert server.requested() == [f"HEAD {TAGGED}", f"GET {by_digest(INDEX)}", f"HEAD {TAGGED}", f"HEAD {TAGGED}"]


def test_legacy_mode_needs_the_image_it_chose(client: RegistryClient) -> None:
    with FaultServer(serving(ARM64, INDEX)) as server:
        answer = client.resolve(legacy(about(server)))
    assert answer == Failure(
        Reason.NOT_FOUND,
        f"image {server.address}/a/b:1: {server.address} does not have it (404). Check the name and the tag.",
    )


def test_legacy_mode_hashes_the_index_where_head_has_no_digest(client: RegistryClient) -> None:
    routes = serving(ARM64, AMD64, INDEX) | {f"HEAD {TAGGED}": Reply(405)}
    with FaultServer(routes) as server:
        assert client.resolve(legacy(about(server)), known=known(AMD64.digest)) == Found(AMD64.digest)


@pytest.mark.parametrize(
    "spoilt", [Reply(404), Reply(403), Reply(500), Reply(307, {"Location": "http://10.0.0.1/"}), Reply(429)]
)
def test_an_image_whose_metadata_cannot_be_had_is_still_found(client: RegistryClient, spoilt: Reply) -> None:
    path = f"/v2/a/b/blobs/{digest_of(IMAGE.blobs[0])}"
    with FaultServer(serving(IMAGE) | {f"GET {path}": spoilt, f"* {path}": spoilt}) as server:
        assert client.resolve(about(server)) == Found(IMAGE.digest)


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [(Reply(403), Reason.DENIED), (Reply(500), Reason.UNREACHABLE), (Reply(429), Reason.RATE_LIMITED)],
)
def test_a_digest_that_is_not_given_is_not_found(client: RegistryClient, spoilt: Reply, reason: Reason) -> None:
    with FaultServer(serving(IMAGE) | {f"* {by_digest(IMAGE)}": spoilt}) as server:
        answer = client.resolve(about(server))
    assert isinstance(answer, Failure)
    assert answer.reason is reason


@pytest.mark.parametrize("digest", [IMAGE.digest, "sha512:" + "0" * 128])
@pytest.mark.parametrize("head", [Reply(405), None])
def test_a_digest_that_a_registry_names_and_does_not_have_is_not_found(
    client: RegistryClient, digest: str, head: Reply | None
) -> None:
    named = manifest(IMAGE, Docker_Content_Digest=digest)
    with FaultServer({f"HEAD {TAGGED}": head or named, f"GET {TAGGED}": named}) as server:
        answer = client.resolve(about(server))
    wanted = digest if head is None else IMAGE.digest
    assert answer == Failure(
        Reason.NOT_FOUND,
        f"image {server.address}/a/b:1: {server.address} names {wanted} for it and does not have that (404). "
        "Push the image again.",
    )


@pytest.mark.parametrize("blob", [b"", b"{}", IMAGE.blobs[0].replace(b"1.2", b"6.6"), IMAGE.blobs[0] + b" "])
def test_a_config_blob_that_does_not_match_its_digest_gives_no_metadata(client: RegistryClient, blob: bytes) -> None:
    path = f"GET /v2/a/b/blobs/{digest_of(IMAGE.blobs[0])}"
    with FaultServer(serving(IMAGE) | {path: Reply(200, {}, blob)}) as server:
        assert client.resolve(about(server)) == Found(IMAGE.digest)


def with_wrong_size(pieces: Pieces, size: int) -> Pieces:
    """The same manifest with another size for its first entry."""
    return Pieces(
        pieces.media_type, re.sub(rb'"size":\d+', b'"size":%d' % size, pieces.manifest, count=1), pieces.blobs
    )


def test_a_config_blob_with_another_size_than_in_its_manifest_gives_no_metadata(client: RegistryClient) -> None:
    wrong = with_wrong_size(IMAGE, 5)
    with FaultServer(serving(wrong)) as server:
        assert client.resolve(about(server)) == Found(wrong.digest)


def test_a_child_of_another_size_than_in_its_index_is_a_mismatch(client: RegistryClient) -> None:
    index = with_wrong_size(build_index({"linux/amd64": AMD64}), 5)
    with FaultServer(serving(AMD64, index)) as server:
        answer = client.resolve(legacy(about(server)))
    size = len(AMD64.manifest)
    assert answer == Failure(
        Reason.MISMATCH,
        f"image {server.address}/a/b:1: {server.address} sent {size} bytes for a manifest of 5.",
    )


def test_an_index_that_names_no_image_is_a_mismatch_in_legacy_mode(client: RegistryClient) -> None:
    empty = build_index({})
    with FaultServer(serving(empty)) as server:
        answer = client.resolve(legacy(about(server)))
        assert client.resolve(about(server)) == Found(empty.digest, ImageMetadata())
    assert answer == Failure(
        Reason.MISMATCH,
        f"image {server.address}/a/b:1: {server.address} sent an index that names no image.",
    )


def test_a_redirect_to_a_store_is_followed(client: RegistryClient) -> None:
    path = f"/v2/a/b/blobs/{digest_of(IMAGE.blobs[0])}"
    with FaultServer({"GET /store": Reply(200, {}, IMAGE.blobs[0])}) as store:
        with FaultServer(
            serving(IMAGE) | {f"GET {path}": Reply(307, {"Location": f"{store.url}/store?sig=x"})}
        ) as server:
            assert client.resolve(about(server)) == Found(IMAGE.digest, METADATA)
        assert store.requested() == ["GET /store"]
