"""Access to real git hosts: a password for its one host, a key for hosts with known keys."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.errors import UnavailableError, UsageError
from reconciler.gitstore import GitAccess, GitCredentials, PushStatus, Repository
from tests.gitstore.actor import build, draft, upstream_of
from tests.kit.git import GitFolder, GitKit
from tests.kit.git_server import ssh_server, web_server


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    return file


def pushed(url: str, folder: Path, access: GitAccess, monkeypatch: pytest.MonkeyPatch) -> PushStatus:
    """The outcome of a push from a mirror with that access."""
    with GitCredentials(access, url) as opened_credentials:
        for key, value in opened_credentials.environ.items():
            monkeypatch.setenv(key, value)
        mirror = Repository.mirror(folder, url, "main")
        upstream = upstream_of(mirror)
        commit = mirror.fetch(upstream).commit
        new = build(mirror, commit, draft("history/a.yaml", b"1"))[-1]
        status = mirror.push(upstream, commit, new).status
    assert not any(Path(value).exists() for value in opened_credentials.environ.values() if value)
    return status


@pytest.fixture
def served(kit: GitKit, work: GitFolder, remote: GitFolder) -> Path:
    remote.git("config", "http.receivepack", "true")
    assert remote.head("main") == work.head()
    return kit.root


@pytest.mark.parametrize("user", ["bot", None])
def test_a_password_from_a_file_is_given_over_http(
    served: Path, tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch, user: str | None
) -> None:
    with web_server(served, tmp_path / "web") as server:
        server.users.write_text(f"{user or 'x-access-token'}:s3cret\n")
        status = pushed(f"{server.url}/git/remote.git", tmp_path / "data", GitAccess(user, secret), monkeypatch)
    assert status is PushStatus.DONE


def test_a_direct_password_is_sent_over_http_and_appears_nowhere(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = GitAccess("bot", password="s3cret")
    assert "s3cret" not in repr(access)
    with web_server(served, tmp_path / "web") as server:
        server.users.write_text("bot:s3cret\n")
        assert pushed(f"{server.url}/git/remote.git", tmp_path / "data", access, monkeypatch) is PushStatus.DONE


def test_a_password_that_is_renewed_counts_at_once(
    served: Path, tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_server(served, tmp_path / "web") as server:
        url = f"{server.url}/git/remote.git"
        with GitCredentials(GitAccess("bot", secret), url) as opened_credentials:
            for key, value in opened_credentials.environ.items():
                monkeypatch.setenv(key, value)
            mirror = Repository.mirror(tmp_path / "data", url, "main")
            server.users.write_text("bot:another\n")
            with pytest.raises(UnavailableError) as refused:
                mirror.fetch(upstream_of(mirror))
            assert "s3cret" not in str(refused.value)
            secret.write_text("another\n")
            assert mirror.fetch(upstream_of(mirror)).commit


@dataclass
class FakeTokens:
    """Tokens: one after the other, the next as soon as one is rejected."""

    users: Path
    made: list[str] = field(default_factory=list)
    current: str = ""

    def token(self) -> str:
        if not self.current:
            self.current = f"token-{len(self.made)}"
            self.made.append(self.current)
            self.users.write_text(f"x-access-token:{self.current}\n")
        return self.current

    def reject(self) -> None:
        self.current = ""


def test_a_token_is_made_for_the_remote_and_anew_where_it_is_not_taken(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_server(served, tmp_path / "web") as server:
        url, tokens = f"{server.url}/git/remote.git", FakeTokens(server.users)
        with GitCredentials(GitAccess(tokens=tokens), url) as opened_credentials:
            for key, value in opened_credentials.environ.items():
                monkeypatch.setenv(key, value)
            mirror = Repository.mirror(tmp_path / "data", url, "main", credentials=opened_credentials)
            assert tokens.made == []
            upstream = upstream_of(mirror)
            commit = mirror.fetch(upstream).commit
            new = build(mirror, commit, draft("history/a.yaml", b"1"))[-1]
            assert mirror.push(upstream, commit, new).status is PushStatus.DONE
            assert tokens.made == ["token-0"]
            server.users.write_text("x-access-token:revoked\n")
            with pytest.raises(UnavailableError) as refused:
                mirror.fetch(upstream)
            assert "token-0" not in str(refused.value)
            assert mirror.fetch(upstream).commit == new
            assert tokens.made == ["token-0", "token-1"]
            folder = Path(opened_credentials.environ["GIT_ASKPASS"]).parent
            assert [(file.name, oct(file.stat().st_mode & 0o777)) for file in folder.iterdir()] == [
                ("askpass", "0o700")
            ]
            assert "token-1" not in (folder / "askpass").read_text()
        assert not folder.exists()


def test_no_credential_helper_keeps_the_password_or_gives_another(
    kit: GitKit, served: Path, tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.folder("home").git("config", "--global", "credential.helper", f"store --file={tmp_path}/kept")
    kept = tmp_path / "kept"
    for key, value in {"COUNT": "1", "KEY_0": "user.name", "VALUE_0": "Jane"}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{key}", value)
    with web_server(served, tmp_path / "web") as server:
        kept.write_text(f"{server.url.replace('://', '://bot:old@')}\n")
        status = pushed(f"{server.url}/git/remote.git", tmp_path / "data", GitAccess("bot", secret), monkeypatch)
    assert status is PushStatus.DONE
    assert "s3cret" not in kept.read_text()
    assert os.environ["GIT_CONFIG_COUNT"] == "2"
    assert os.environ["GIT_CONFIG_VALUE_0"] == "Jane"


def test_a_redirect_to_another_host_gets_no_password(
    served: Path, tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        web_server(served, tmp_path / "other") as other,
        web_server(served, tmp_path / "web", redirect_to=f"{other.url}/git") as server,
        GitCredentials(GitAccess("bot", secret), server.url) as opened_credentials,
    ):
        for key, value in opened_credentials.environ.items():
            monkeypatch.setenv(key, value)
        mirror = Repository.mirror(tmp_path / "data", f"{server.url}/moved/remote.git", "main")
        with pytest.raises(UnavailableError):
            mirror.fetch(upstream_of(mirror))


@pytest.mark.parametrize("known", [True, False])
def test_a_key_is_used_with_a_host_that_is_known_and_with_no_other(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, known: bool
) -> None:
    with ssh_server(served, tmp_path / "ssh") as server:
        server.key.chmod(0o640)  # as a secret that is mounted for a group
        if not known:
            server.known_hosts.write_text("")
        access = GitAccess(key_file=server.key, known_hosts=server.known_hosts)
        if known:
            assert pushed(f"{server.url}/remote.git", tmp_path / "data", access, monkeypatch) is PushStatus.DONE
            return
        with pytest.raises(UnavailableError, match="Host key verification failed"):
            pushed(f"{server.url}/remote.git", tmp_path / "data", access, monkeypatch)


def test_a_key_with_the_line_ends_of_windows_is_read(
    served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ssh_server(served, tmp_path / "ssh") as server:
        server.key.write_bytes(b"\xef\xbb\xbf" + server.key.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")
        access = GitAccess(key_file=server.key, known_hosts=server.known_hosts)
        assert pushed(f"{server.url}/remote.git", tmp_path / "data", access, monkeypatch) is PushStatus.DONE


def test_no_secret_is_in_a_file_that_a_kill_would_leave_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    tempfile.tempdir = None  # it remembers the folder that it found first
    key = made_key(tmp_path)
    with (
        GitCredentials(GitAccess("bot", password="s3cret"), "https://git.example/x"),
        GitCredentials(GitAccess(key_file=key, known_hosts=key), "ssh://git.example/x"),
    ):
        files = [file for file in (tmp_path / "tmp").rglob("*") if file.is_file()]
        assert {file.name for file in files} == {"askpass"}
        assert not any("s3cret" in file.read_text() or "PRIVATE KEY" in file.read_text() for file in files)
    tempfile.tempdir = None
    assert list((tmp_path / "tmp").iterdir()) == []


def made_key(folder: Path, passphrase: str = "") -> Path:
    words = ("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(folder / "id"))
    subprocess.run(words, check=True)
    return folder / "id"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("public", "is a public key. Name the private one: most often the same name without .pub."),
        (
            "locked",
            "has a passphrase, and there is no person to type it. Name a key without one; ssh-keygen -p removes it from a copy.",
        ),
        (
            "nothing",
            "is not a private key that ssh can load: error in libcrypto. Name one that ssh-keygen -y reads.",
        ),
    ],
)
def test_a_key_that_could_never_work_is_refused_in_its_own_words(tmp_path: Path, kind: str, said: str) -> None:
    file = made_key(tmp_path, "secret" if kind == "locked" else "")
    if kind == "public":
        file = file.with_suffix(".pub")
    if kind == "nothing":
        file.write_text("ghp_token\n")
    access = GitAccess(key_file=file, known_hosts=file)
    with pytest.raises(UsageError) as refused, GitCredentials(access, "ssh://git.example/x"):
        pass
    assert str(refused.value) == f"--git-key-file {file} {said}"


def test_git_calls_its_own_helpers_for_the_user_of_the_address() -> None:
    with GitCredentials(GitAccess(user="bot"), "https://git.example/x") as opened_credentials:
        assert dict(opened_credentials.environ) == {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "credential.https://git.example.username",
            "GIT_CONFIG_VALUE_0": "bot",
        }


@pytest.mark.parametrize(
    ("access", "url", "said"),
    [
        (
            GitAccess(password_file=Path("gone")),
            "https://git.example/x",
            "--git-password-file gone cannot be read: No such file or directory. Correct it.",
        ),
        (
            GitAccess(password_file=Path(os.devnull)),
            "ssh://git.example/x",
            "--git-password-file is for a remote over https. Name a key with --git-key-file for ssh.",
        ),
        (
            GitAccess(key_file=Path(os.devnull)),
            "ssh://git.example/x",
            "--git-key-file needs --git-known-hosts-file: the host has to prove who it is.",
        ),
    ],
)
def test_unusable_credentials_are_reported(access: GitAccess, url: str, said: str) -> None:
    with pytest.raises(UsageError) as refused, GitCredentials(access, url):
        pass
    assert str(refused.value) == said


@pytest.mark.parametrize("place", ["url", "insteadOf", "pushurl", "pushInsteadOf"])
def test_a_password_in_an_address_of_the_users_own_is_in_no_argument(
    served: Path, tmp_path: Path, work: GitFolder, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """The arguments of git's helpers are recorded."""
    helpers, seen = tmp_path / "helpers", tmp_path / "seen"
    helpers.mkdir()
    real = Path(work.git("--exec-path"))
    for program in real.iterdir():
        (helpers / program.name).symlink_to(program)
    for name in ("git-remote-http", "git-remote-https"):
        (helpers / name).unlink()
        (helpers / name).write_text(f'#!/bin/sh\necho "$@" >> {seen}\nexec {real}/{name} "$@"\n')
        (helpers / name).chmod(0o755)
    with web_server(served, tmp_path / "web") as server:
        server.users.write_text("bot:s3cret\n")
        clean = f"{server.url}/git/remote.git"
        secret = clean.replace("://", "://bot:s3cret@")
        settings = {
            "url": {"remote.origin.url": secret},
            "insteadOf": {
                "remote.origin.url": "ours:remote.git",
                f"url.{secret[: -len('remote.git')]}.insteadOf": "ours:",
            },
            "pushurl": {"remote.origin.pushurl": secret},
            "pushInsteadOf": {f"url.{secret[:-10]}.pushInsteadOf": work.git("remote", "get-url", "origin")[:-10]},
        }
        for key, value in settings[place].items():
            work.git("config", key, value)
        monkeypatch.setenv("GIT_EXEC_PATH", str(helpers))
        repository = Repository.discover(work.path)
        upstream = upstream_of(repository)
        commit = repository.fetch(upstream).commit
        new = build(repository, commit, draft("history/a.yaml", b"1"))[-1]
        assert repository.push(upstream, commit, new).status is PushStatus.DONE
        assert repository.push_tip(upstream, new)
    assert clean in seen.read_text()
    assert "s3cret" not in seen.read_text()
