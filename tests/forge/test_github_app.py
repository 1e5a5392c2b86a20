"""Tokens of a GitHub App: requested as GitHub documents it, kept, replaced in time, and never shown."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.errors import RemoteError, UnavailableError, UsageError
from reconciler.forge.github_app import GitHubApp, InstallationTokens, github_app
from reconciler.transport.session import Transport
from tests.kit.clock import FakeClock
from tests.kit.faults import Behaviour, CutBody, Raw, Reply, as_json, html
from tests.kit.github_api import APP, INSTALLATION, REPOSITORY, GitHubApi, github_api, private_key


@pytest.fixture(scope="module")
def _api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubApi]:
    with github_api(tmp_path_factory.mktemp("github")) as api:
        yield api


@pytest.fixture
def api(_api: GitHubApi, clock: FakeClock) -> GitHubApi:
    _api.outage, _api.life, _api.now = None, 3600.0, clock.now
    _api.tokens.clear()
    _api.wanted.clear()
    return _api


def app_of(api: GitHubApi, **other: str) -> GitHubApp:
    fields = {"app": APP, "installation": INSTALLATION} | other
    return GitHubApp(fields["app"], fields["installation"], api.key, api.url, other.get("repository", REPOSITORY))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def transport() -> Iterator[Transport]:
    with Transport(connect_timeout=5, read_timeout=5, request_timeout=5) as made:
        yield made


def test_a_token_is_for_one_repository_and_for_its_contents(
    api: GitHubApi, transport: Transport, clock: FakeClock
) -> None:
    tokens = InstallationTokens(app_of(api), transport, clock)
    assert tokens.token() == api.tokens[0]
    assert api.wanted == [{"repositories": ["remote"], "permissions": {"contents": "write"}}]


def test_a_token_is_used_until_five_minutes_before_its_end(
    api: GitHubApi, transport: Transport, clock: FakeClock
) -> None:
    tokens = InstallationTokens(app_of(api), transport, clock)
    first = tokens.token()
    clock.advance(3600 - 310)
    assert tokens.token() == first
    clock.advance(20)
    assert tokens.token() == api.tokens[1] != first


def test_a_rejected_token_is_replaced(api: GitHubApi, transport: Transport, clock: FakeClock) -> None:
    tokens = InstallationTokens(app_of(api), transport, clock)
    first = tokens.token()
    tokens.reject()
    assert tokens.token() != first


@pytest.mark.parametrize("life", [-86400.0, 0.0, 20.0, 864000.0])
def test_a_token_with_an_odd_end_is_used_between_half_a_minute_and_an_hour(
    api: GitHubApi, transport: Transport, clock: FakeClock, life: float
) -> None:
    api.life = life
    tokens = InstallationTokens(app_of(api), transport, clock)
    first = tokens.token()
    clock.advance(25)
    assert tokens.token() == first
    clock.advance(3600)
    assert tokens.token() != first


REFUSED = "gives no token for the App's installation 4711"


@pytest.mark.parametrize(
    ("status", "said", "retryable"),
    [
        (
            401,
            f"{REFUSED} (401). Check --git-app-id, that the key is one of that App, and the clock of this machine.",
            False,
        ),
        (
            403,
            f"{REFUSED} (403). Check that the installation is not suspended and that the App may write contents.",
            False,
        ),
        (404, f"{REFUSED} (404). Check --git-app-installation-id, and that the App is installed there.", False),
        (422, f"{REFUSED} (422). Check that the App may write contents, and is installed for this repository.", False),
        (429, f"{REFUSED} (429). The request is tried again.", True),
        (502, f"{REFUSED} (502). The request is tried again.", True),
        (200, f"{REFUSED} (200). Check --git-app-api.", False),
        (302, f"{REFUSED} (302). Check --git-app-api.", False),
    ],
)
def test_the_error_for_a_refusal_has_no_text_of_the_answer(
    api: GitHubApi, transport: Transport, clock: FakeClock, status: int, said: str, *, retryable: bool
) -> None:
    elsewhere = {"Location": f"{api.url}/elsewhere"}
    api.outage = as_json({"message": "secret", "token": "ghs_secret"}, status, **elsewhere)
    tokens = InstallationTokens(app_of(api), transport, clock)
    with pytest.raises(UnavailableError) as refused:
        tokens.token()
    assert str(refused.value) == f"{api.url.removeprefix('http://').partition('/')[0]} {said}"
    assert refused.value.retryable is retryable


@pytest.mark.parametrize(
    "outage",
    [
        html(),
        Reply(201, body=b"["),
        Reply(201, body=b"[" * 100_000),
        Reply(201, body=b"\xff\xfe"),
        as_json([], 201),
        as_json({"expires_at": "2030-01-01T00:00:00Z"}, 201),
        as_json({"token": 17}, 201),
        as_json({"token": ""}, 201),
        as_json({"token": "two\nlines"}, 201),
        as_json({"token": "x" * 10_000}, 201),
        Reply(201, body=b" " * (2 << 20)),
        CutBody(),
        Raw(b"SSH-2.0-OpenSSH\r\n"),
    ],
)
def test_a_malformed_answer_gives_no_token(
    api: GitHubApi, transport: Transport, clock: FakeClock, outage: Behaviour
) -> None:
    api.outage = outage
    tokens = InstallationTokens(app_of(api), transport, clock)
    with pytest.raises(RemoteError):
        tokens.token()
    api.outage = None
    assert tokens.token() == api.tokens[0]


def test_the_double_rejects_web_tokens_of_another_app_or_time(
    api: GitHubApi, transport: Transport, clock: FakeClock
) -> None:
    for app in (app_of(api, app="another"), app_of(api, installation="1"), app_of(api, repository="other")):
        with pytest.raises(UnavailableError):
            InstallationTokens(app, transport, clock).token()
    clock.advance(7200)
    api.now = FakeClock().now
    with pytest.raises(UnavailableError, match=r"\(401\)"):
        InstallationTokens(app_of(api), transport, clock).token()


@pytest.mark.parametrize(
    "kind",
    [
        ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
        ("-algorithm", "ED25519"),
        ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
        ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-aes256", "-pass", "pass:secret"),
        (),
    ],
)
def test_a_key_that_cannot_sign_is_reported_at_the_start(
    api: GitHubApi, transport: Transport, clock: FakeClock, tmp_path: Path, kind: tuple[str, ...]
) -> None:
    file = tmp_path / "key"
    if kind:
        private_key(file, *kind)
    app = GitHubApp(APP, INSTALLATION, file, api.url, REPOSITORY)
    with pytest.raises(UsageError) as refused:
        InstallationTokens(app, transport, clock)
    assert str(refused.value) == (
        f"--git-app-key-file {file} has no RSA key of 2048 bits or more without a passphrase. "
        "Generate one in the App's settings."
    )


def test_without_openssl_the_error_names_it(
    api: GitHubApi, transport: Transport, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError) as refused:
        InstallationTokens(app_of(api), transport, clock)
    assert str(refused.value) == "--git-app-key-file needs openssl, which was not found on the PATH. Install it."


@pytest.mark.parametrize(
    ("remote", "api", "expected", "repository"),
    [
        ("https://github.com/acme/images.git", None, "https://api.github.com", "images"),
        ("https://acme.ghe.com/acme/images", None, "https://api.acme.ghe.com", "images"),
        ("https://bot@git.example.com:8443/acme/images.git/", None, "https://git.example.com:8443/api/v3", "images"),
        ("https://GitHub.com:443/acme/images", None, "https://api.github.com", "images"),
        ("https://github.com.evil.example/acme/images", None, "https://github.com.evil.example/api/v3", "images"),
        ("https://git.example.com/acme/images", "https://api.example.com/", "https://api.example.com", "images"),
        ("https://git.example.com/acme/images", "http://127.0.0.1:80/api", "http://127.0.0.1:80/api", "images"),
    ],
)
def test_the_default_api_belongs_to_the_remote(remote: str, api: str | None, expected: str, repository: str) -> None:
    app = github_app(APP, INSTALLATION, Path("key"), api, remote)
    assert (app.api, app.repository) == (expected, repository)


@pytest.mark.parametrize(
    ("app", "installation", "api", "remote", "said"),
    [
        (
            APP,
            INSTALLATION,
            None,
            "git@github.com:acme/images.git",
            "--git-app-id is for a remote over https. Name a key with --git-key-file for ssh.",
        ),
        (
            "a b",
            INSTALLATION,
            None,
            "https://github.com/a/b",
            "--git-app-id is not the ID of an App. Copy the client ID, or the number, from the App's settings.",
        ),
        (
            APP,
            "../1",
            None,
            "https://github.com/a/b",
            "--git-app-installation-id is not a number. It ends the address of the installation's settings.",
        ),
        (
            APP,
            INSTALLATION,
            "http://git.example.com/api/v3",
            "https://git.example.com/a/b",
            "--git-app-api is not https, but gets a token that is signed with the App's key. Write https://…",
        ),
        (
            APP,
            INSTALLATION,
            None,
            "http://git.example.com/a/b",
            "--git-app-api is not https, but gets a token that is signed with the App's key. Write https://…",
        ),
        (
            APP,
            INSTALLATION,
            "ftp://x",
            "https://git.example.com/a/b",
            "--git-app-api is not an http or https URL. Write one, such as https://HOST/api/v3.",
        ),
        (
            APP,
            INSTALLATION,
            None,
            "https://git.example.com:x/a/b",
            "--git-app-id is for a remote over https. Name a key with --git-key-file for ssh.",
        ),
    ],
)
def test_impossible_options_of_an_app_are_errors(
    app: str, installation: str, api: str | None, remote: str, said: str
) -> None:
    with pytest.raises(UsageError) as refused:
        github_app(app, installation, Path("key"), api, remote)
    assert str(refused.value) == said


def test_the_key_and_tokens_are_visible_in_no_process(api: GitHubApi, transport: Transport, clock: FakeClock) -> None:
    """Collect the arguments and environments of all processes while tokens are made."""
    seen, stop = set[bytes](), threading.Event()

    def watch() -> None:
        while not stop.is_set():
            # A pattern that names the file too asks for it, and fails where a process ends at that moment.
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    seen.add((process / "cmdline").read_bytes())
                except OSError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(10):
        InstallationTokens(app_of(api), transport, clock).token()
    stop.set()
    watcher.join()
    body = api.key.read_text(encoding="ascii").splitlines()[1].encode()
    assert any(b"openssl" in each for each in seen)
    assert not [each for each in seen if body in each or b"ghs_" in each or b"eyJ" in each]
    assert not any("ghs_" in value for value in os.environ.values())
