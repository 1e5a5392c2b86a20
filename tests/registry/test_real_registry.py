"""Against distribution's own registry: open, with users, and with a token server."""

from collections.abc import Iterator

import pytest

from reconciler.demo.image import OCI, MediaTypes, TinyImage, build_image
from reconciler.model.config import Installation
from reconciler.model.host import Host
from reconciler.model.observation import Failure, Found, ImageMetadata, Platform, Question, Reason
from reconciler.model.stream import ImportMode
from reconciler.registry.client import RegistryClient
from reconciler.registry.credentials.credential import Credential, Credentials
from tests.kit.images import DOCKER, Pusher
from tests.kit.real_registry import PASSWORD, USER, RealRegistry
from tests.registry.conftest import MakeClient

LABELS = {
    "org.opencontainers.image.version": "1.4.2",
    "org.opencontainers.image.revision": "1f0c9d2",
    "org.opencontainers.image.source": "https://git.example.com/acme/app",
}
IMAGE = TinyImage(labels=LABELS, created="2026-11-22T21:10:00Z", content=b"one")
METADATA = ImageMetadata(
    "2026-11-22T21:10:00Z",
    "1.4.2",
    "1f0c9d2",
    "https://git.example.com/acme/app",
    ("linux/amd64",),
    LABELS,
)
LOGIN = "Check the name, and log in with `docker login` if it is private."


@pytest.fixture(scope="module")
def registry() -> Iterator[RealRegistry]:
    with RealRegistry() as running:
        yield running


@pytest.fixture(scope="module")
def users() -> Iterator[RealRegistry]:
    with RealRegistry(users=True) as running:
        yield running


@pytest.fixture(scope="module")
def tokens() -> Iterator[RealRegistry]:
    with RealRegistry(tokens=True) as running:
        yield running


@pytest.mark.parametrize("types", [OCI, DOCKER])
def test_an_image_is_found_by_tag_and_by_digest(
    client: RegistryClient, registry: RealRegistry, types: MediaTypes
) -> None:
    digest = Pusher(registry.address, types=types).image("acme/app", "1.4.2", IMAGE)
    assert client.resolve(Question(Host(registry.address), "acme/app", "1.4.2")) == Found(digest, METADATA)
    assert client.resolve(Question(Host(registry.address), "acme/app", digest)) == Found(digest, METADATA)
    known = frozenset({digest})
    assert client.resolve(Question(Host(registry.address), "acme/app", "1.4.2"), known=known) == Found(digest)


@pytest.mark.parametrize("types", [OCI, DOCKER])
def test_an_index_is_its_own_digest_or_in_legacy_mode_one_platforms(
    client: RegistryClient, registry: RealRegistry, types: MediaTypes
) -> None:
    digest = Pusher(registry.address, types=types).index("acme/multi", "1", ["linux/arm64", "linux/amd64"])
    children = {name: build_image(TinyImage(platform=name), types).digest for name in ("linux/arm64", "linux/amd64")}
    whole = client.resolve(Question(Host(registry.address), "acme/multi", "1"))
    assert whole == Found(digest, ImageMetadata(platforms=("linux/arm64", "linux/amd64")))
    legacy = client.resolve(Question(Host(registry.address), "acme/multi", "1", ImportMode.LEGACY))
    assert legacy == Found(children["linux/amd64"], ImageMetadata(platforms=("linux/amd64",)))
    preferred = Question(
        Host(registry.address), "acme/multi", "1", ImportMode.LEGACY, platform=Platform(architecture="arm64")
    )
    assert client.resolve(preferred) == Found(children["linux/arm64"], ImageMetadata(platforms=("linux/arm64",)))


def test_a_missing_tag_digest_or_repository_is_not_found(client: RegistryClient, registry: RealRegistry) -> None:
    Pusher(registry.address).image("acme/app", "there")
    for name, identifier in (("acme/app", "gone"), ("acme/app", "sha256:" + "0" * 64), ("acme/none", "1")):
        question = Question(Host(registry.address), name, identifier)
        assert client.resolve(question) == Failure(
            Reason.NOT_FOUND,
            f"image {question}: {registry.address} does not have it (404). Check the name and the tag.",
        )


def test_a_moved_tag_is_its_new_digest(client: RegistryClient, registry: RealRegistry) -> None:
    pusher = Pusher(registry.address)
    old = pusher.image("acme/moving", "1", TinyImage(content=b"old"))
    new = pusher.image("acme/moving", "1", TinyImage(content=b"new"))
    found = client.resolve(Question(Host(registry.address), "acme/moving", "1"), known=frozenset({old}))
    assert isinstance(found, Found)
    assert found.image == new
    assert found.metadata is not None


def test_a_registry_with_users_wants_a_password(make_client: MakeClient, users: RealRegistry) -> None:
    digest = Pusher(users.address, users.push_headers()).image("acme/app", "1", IMAGE)
    question = Question(Host(users.address), "acme/app", "1")
    right = make_client(Credentials({users.address: Credential(USER, PASSWORD)}))
    assert right.resolve(question) == Found(digest, METADATA)
    for credentials in (Credentials(), Credentials({users.address: Credential(USER, "wrong")})):
        assert make_client(credentials).resolve(question) == Failure(
            Reason.DENIED, f"image {question}: {users.address} denies access (401). {LOGIN}"
        )


def test_a_registry_with_a_token_server_gets_its_tokens(make_client: MakeClient, tokens: RealRegistry) -> None:
    assert tokens.token_server is not None
    installation = Installation(allow_private=(tokens.token_server.address,))
    for name, credentials in (
        ("public/app", Credentials()),
        ("private/app", Credentials({tokens.address: Credential(USER, PASSWORD)})),
    ):
        digest = Pusher(tokens.address, tokens.push_token(name)).image(name, "1", IMAGE)
        client = make_client(credentials, installation)
        assert client.resolve(Question(Host(tokens.address), name, "1")) == Found(digest, METADATA)


def test_a_refusal_of_a_token_server_is_denied(make_client: MakeClient, tokens: RealRegistry) -> None:
    assert tokens.token_server is not None
    installation = Installation(allow_private=(tokens.token_server.address,))
    Pusher(tokens.address, tokens.push_token("private/other")).image("private/other", "1")
    question = Question(Host(tokens.address), "private/other", "1")
    assert make_client(installation=installation).resolve(question) == Failure(
        Reason.DENIED, f"image {question}: {tokens.address} denies access (401). {LOGIN}"
    )
    wrong = Credentials({tokens.address: Credential(USER, "wrong")})
    assert make_client(wrong, installation).resolve(question) == Failure(
        Reason.DENIED, f"image {question}: {tokens.token_server.address} gives no token for it (401). {LOGIN}"
    )
