import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.demo.image import OCI, TinyImage, build_image, build_index
from reconciler.model.observation import Platform
from reconciler.registry.manifest import (
    ACCEPT,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    MEDIA_TYPES,
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
    Manifest,
    ManifestError,
    ManifestKind,
    holds,
    media_type_of,
    parse_manifest,
)
from tests.kit.images import DOCKER

IMAGE = build_image(TinyImage())
INDEX = build_index({"linux/amd64": IMAGE})
DIGEST = "sha256:" + "a" * 64


def child(digit: str, os: str | None = None, architecture: str | None = None) -> Descriptor:
    return Descriptor("sha256:" + digit * 64, OCI_MANIFEST, 1, Platform(os, architecture))


@pytest.mark.parametrize("types", [OCI, DOCKER])
def test_images_and_indexes_of_both_families_are_recognised(types: Any) -> None:  # noqa: ANN401 - either family
    image = build_image(TinyImage(), types)
    index = build_index({"linux/arm/v7": image}, types)
    assert parse_manifest(image.manifest, image.media_type).kind is ManifestKind.IMAGE
    found = parse_manifest(index.manifest, index.media_type)
    assert found.kind is ManifestKind.INDEX
    assert [entry.platform_name for entry in found.children] == ["linux/arm/v7"]
    assert found.children[0].digest == image.digest


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json", "text/plain; charset=utf-8", "application/octet-stream", f"{OCI_MANIFEST}; charset=utf-8"],
)
def test_a_generic_content_type_leaves_it_to_the_body(content_type: str) -> None:
    assert parse_manifest(IMAGE.manifest, content_type).kind is ManifestKind.IMAGE


def test_a_body_without_a_media_type_has_the_one_of_the_header() -> None:
    document = json.loads(IMAGE.manifest)
    del document["mediaType"]
    assert parse_manifest(json.dumps(document).encode(), OCI_MANIFEST).kind is ManifestKind.IMAGE


@pytest.mark.parametrize("content_type", [name for name, kind in MEDIA_TYPES.items() if kind is ManifestKind.SCHEMA1])
def test_schema_1_is_recognised_by_its_type(content_type: str) -> None:
    assert parse_manifest(b'{"schemaVersion": 1}', content_type).kind is ManifestKind.SCHEMA1


def test_schema_1_is_recognised_by_its_version() -> None:
    assert parse_manifest(b'{"schemaVersion": 1}', "text/plain").kind is ManifestKind.SCHEMA1


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (b"<html>", "text/html", "sent 'text/html', which is not a manifest."),
        (b"<html>", OCI_MANIFEST, "sent something that is not JSON."),
        (b"\xff\xfe", OCI_MANIFEST, "sent something that is not JSON."),
        (b"[" * 100_000, OCI_MANIFEST, "sent something that is not JSON."),
        (b"1" * 10_000, OCI_MANIFEST, "sent something that is not JSON."),
        (b"[]", OCI_MANIFEST, "sent JSON that is not an object."),
        (b"{}", "application/json", "sent JSON that is not a manifest."),
        (b"{}", OCI_MANIFEST, "sent a manifest without a config, or with layers that are not a list."),
        (b"{}", OCI_INDEX, "sent an index without manifests."),
        (b'{"manifests": [{}]}', OCI_INDEX, "sent an index with an entry that has no digest."),
        (b'{"manifests": [{"digest": "sha256:abc"}]}', OCI_INDEX, "sent an index with an entry that has no digest."),
        (b'{"layers": [], "manifests": []}', OCI_INDEX, "sent a manifest that is an image and an index at once."),
        (b'{"config": {}, "manifests": []}', OCI_MANIFEST, "sent a manifest that is an image and an index at once."),
        (
            INDEX.manifest,
            OCI_MANIFEST,
            f"sent a manifest as '{OCI_MANIFEST}' whose own mediaType is '{OCI_INDEX}'.",
        ),
        (b'{"mediaType": 5}', "", "sent JSON that is not a manifest."),
    ],
)
def test_bytes_that_are_not_a_manifest_are_reported(body: bytes, content_type: str, message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        parse_manifest(body, content_type)
    assert str(caught.value) == message


LINUX, ARM, WINDOWS = child("1", "linux", "amd64"), child("2", "linux", "arm64"), child("3", "windows", "amd64")


@pytest.mark.parametrize(
    ("children", "preferred", "chosen"),
    [
        ((ARM, LINUX), Platform(), LINUX),
        ((ARM, WINDOWS), Platform(), ARM),
        ((LINUX, ARM), Platform("linux", "arm64"), ARM),
        ((LINUX, ARM), Platform(None, "arm64"), ARM),
        ((LINUX, WINDOWS), Platform("windows", None), WINDOWS),
        ((ARM, LINUX), Platform("plan9", "mips"), LINUX),
        ((child("4"), LINUX), Platform(), LINUX),
        ((child("4"),), Platform(), child("4")),
        ((), Platform(), None),
    ],
)
def test_legacy_mode_chooses_as_openshift_does(
    children: tuple[Descriptor, ...], preferred: Platform, chosen: Descriptor | None
) -> None:
    assert Manifest(ManifestKind.INDEX, children=children).choose(preferred) == chosen


def test_an_attestation_has_no_platform() -> None:
    assert child("1", "unknown", "unknown").platform_name is None
    assert child("1").platform_name is None


def test_one_header_accepts_every_manifest_type() -> None:
    assert ACCEPT.split(", ")[:4] == [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST]


def test_parameters_and_case_of_a_media_type_do_not_matter() -> None:
    assert media_type_of(" Application/JSON ; charset=utf-8") == "application/json"


def test_a_digest_holds_for_its_own_bytes_only() -> None:
    assert holds("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", b"")
    assert holds(
        "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
        "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        b"",
    )
    assert not holds(DIGEST, b"")


TYPES = st.sampled_from([*MEDIA_TYPES, "", "application/json", "text/html"]) | st.text()


@given(st.binary(), TYPES)
def test_any_bytes_are_a_manifest_or_a_manifest_error(body: bytes, content_type: str) -> None:
    with suppress(ManifestError):
        parse_manifest(body, content_type)


NAMES = st.sampled_from(
    ["schemaVersion", "mediaType", "config", "layers", "manifests", "annotations", "digest", "size", "platform", "os"]
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([DIGEST, *MEDIA_TYPES]) | st.just("\ud800")
)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner), max_leaves=20)


@given(st.dictionaries(NAMES, JSON), TYPES)
def test_any_json_is_a_manifest_or_a_manifest_error(document: dict[str, object], content_type: str) -> None:
    with suppress(ManifestError):
        str(parse_manifest(json.dumps(document).encode(), content_type)).encode("utf-8")
