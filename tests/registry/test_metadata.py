import json

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.observation import ImageDetails, ImageMetadata
from reconciler.registry.manifest import Manifest, ManifestKind, parse_manifest
from reconciler.registry.metadata import describe

PREFIX = "org.opencontainers.image."


def image(**annotations: str) -> Manifest:
    return Manifest(ManifestKind.IMAGE, annotations={f"{PREFIX}{name}": text for name, text in annotations.items()})


def config(built: str | None = None, platform: str = "linux/amd64", **labels: str) -> bytes:
    os, _, architecture = platform.partition("/")
    named = {f"{PREFIX}{name}": text for name, text in labels.items()}
    document = {"created": built, "os": os, "architecture": architecture, "config": {"Labels": named}}
    return json.dumps(document).encode()


def test_labels_of_the_config_are_the_metadata() -> None:
    found = describe((image(),), config("2026-01-01T00:00:00Z", version="1.2", revision="abc", source="https://git"))
    labels = {f"{PREFIX}version": "1.2", f"{PREFIX}revision": "abc", f"{PREFIX}source": "https://git"}
    assert found == ImageMetadata("2026-01-01T00:00:00Z", "1.2", "abc", "https://git", ("linux/amd64",), labels)


def test_annotations_win_over_labels_and_the_outermost_over_the_inner() -> None:
    found = describe((image(version="index"), image(version="manifest", revision="manifest")), config(version="label"))
    assert (found.version, found.revision) == ("index", "manifest")


def test_created_is_the_annotations_then_the_configs_then_the_labels() -> None:
    assert describe((image(created="a"),), config("c", created="l")).created == "a"
    assert describe((image(),), config("c", created="l")).created == "c"
    assert describe((image(),), config(None, created="l")).created == "l"


def test_platforms_are_those_of_the_index_without_attestations() -> None:
    index = {
        "manifests": [
            {"digest": "sha256:" + digit * 64, "platform": {"os": os, "architecture": arch, "variant": variant}}
            for digit, os, arch, variant in [
                ("1", "linux", "arm", "v7"),
                ("2", "linux", "amd64", ""),
                ("3", "unknown", "unknown", ""),
            ]
        ]
    }
    parsed = parse_manifest(json.dumps(index).encode(), "application/vnd.oci.image.index.v1+json")
    assert describe((parsed,), config(platform="windows/amd64")).platforms == ("linux/arm/v7", "linux/amd64")


def test_details_come_from_the_config_and_the_layers_of_the_manifest() -> None:
    digests = ["sha256:" + digit * 64 for digit in "123"]
    layers = [{"digest": digests[0], "size": 5}, {"digest": digests[1]}, "none"]
    manifest = {"schemaVersion": 2, "config": {"digest": digests[2], "size": 1}, "layers": layers}
    parsed = parse_manifest(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
    inner = {
        "Entrypoint": ["/bin/app", 1],
        "Cmd": ["--serve"],
        "WorkingDir": "/srv",
        "User": "10001",
        "ExposedPorts": {"8080/tcp": {}, "53/udp": {}},
        "Env": ["A=1", "B=2"],
        "Volumes": {"/data": {}},
    }
    document = {"author": "Jane Doe", "config": inner}
    assert describe((parsed,), json.dumps(document).encode()).details == ImageDetails(
        author="Jane Doe",
        entrypoint=("/bin/app",),
        command=("--serve",),
        working_dir="/srv",
        user="10001",
        ports=("53/udp", "8080/tcp"),
        environment=("A=1", "B=2"),
        volumes=("/data",),
        layers=((digests[0], 5), (digests[1], None)),
    )


def test_an_image_without_a_config_still_has_its_annotations() -> None:
    assert describe((image(version="1"),), None) == ImageMetadata(version="1")


def test_a_config_that_is_not_one_gives_no_metadata() -> None:
    for blob in (b"", b"[]", b'{"config": 1, "created": 5, "os": []}', b'{"config": {"Labels": {"a": 1}}}'):
        assert describe((image(),), blob) == ImageMetadata()


@given(
    st.recursive(
        st.none() | st.integers() | st.text() | st.just("\udfff"),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["config", "Labels", "created", "os", "architecture", "variant"]), inner)
        ),
    )
)
def test_any_config_gives_metadata_that_can_be_written(document: object) -> None:
    str(describe((image(),), json.dumps(document).encode())).encode("utf-8")
