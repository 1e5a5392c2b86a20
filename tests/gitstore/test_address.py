"""Addresses of remotes: which texts are addresses, and which parts of them are secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import UsageError
from reconciler.gitstore import RemoteAddress, remote_address
from reconciler.gitstore.access.address import without_password

ADVICE = "is not the address of a repository. Write a URL or a path."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://git.example/a/b.git", RemoteAddress("https://git.example/a/b.git")),
        ("https://git.example:8443/a", RemoteAddress("https://git.example:8443/a")),
        ("http://[::1]:3000/a", RemoteAddress("http://[::1]:3000/a")),
        ("https://bot@git.example/a", RemoteAddress("https://git.example/a", "bot")),
        ("https://bot:s%2Fp%40ss@git.example/a", RemoteAddress("https://git.example/a", "bot", "s/p@ss")),
        ("https://:token@git.example/a", RemoteAddress("https://git.example/a", None, "token")),
        ("https://bot:@git.example/a", RemoteAddress("https://git.example/a", "bot")),
        ("ssh://git@git.example:2222/a", RemoteAddress("ssh://git@git.example:2222/a")),
        ("git@git.example:acme/a.git", RemoteAddress("git@git.example:acme/a.git")),
        ("file:///srv/a.git", RemoteAddress("file:///srv/a.git")),
        ("/srv/[a", RemoteAddress("/srv/[a")),
        ("a.git", RemoteAddress(str(Path.cwd() / "a.git"))),
    ],
)
def test_an_address_is_separated_from_its_secrets(text: str, found: RemoteAddress) -> None:
    assert remote_address(text) == found
    assert found.password is None or found.password not in repr(remote_address(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        *((text, text) for text in ("http://[::1", "https://h:99999/x", "https://h:x/y", "https:///x", "https://")),
        *(
            (text, text)
            for text in ("ssh://", "git:///x", "https://h h/x", "http://h\\x/y", "http://<h>/x", "ftp://h/x")
        ),
        *((text, text) for text in ("ext::sh -c evil", "--upload-pack=x", "")),
        ("https://bot:s3/cret@h/x", "https://h/x"),
        ("https://bot:s3#cret@h/x", "https://h/x"),
        ("https://bot:s3[cret@h/x", "https://h/x"),
        ("https://bot:s3 cret@h/x", "https://h/x"),
        ("https:bot:s3cret@h/x", "h/x"),
        ("https:/bot:s3cret@h/x", "h/x"),
        ("bot:s3cret@h:team/a", "h:team/a"),
    ],
)
def test_text_that_is_not_an_address_is_reported_without_its_secrets(text: str, shown: str) -> None:
    with pytest.raises(UsageError) as refused:
        remote_address(text)
    assert str(refused.value) == f"--repo {shown} {ADVICE}"
    assert without_password(text) == RemoteAddress(text)


@pytest.mark.parametrize("scheme", ["ssh", "git"])
def test_a_password_in_an_address_for_ssh_is_refused(scheme: str) -> None:
    with pytest.raises(UsageError) as refused:
        remote_address(f"{scheme}://bot:s3cret@git.example/a")
    assert str(refused.value) == (
        f"--repo {scheme}://git.example/a has a password in it, which is not used for {scheme}."
        " Take it out, and name a key with --git-key-file."
    )


@pytest.mark.parametrize("text", ["https://git.example/a?private_token=s3cret", "http://x:y@git.example/a?t=s3c@ret"])
def test_a_query_is_refused_because_it_would_be_seen(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        remote_address(text)
    shown = "https://git.example/a" if "private" in text else "http://ret"
    assert str(refused.value) == (
        f"--repo {shown} has a query, which may hold a secret and would be seen by everybody on the machine."
        " Take it out, and name a password with --git-password-file."
    )


@pytest.mark.parametrize("text", ["git@h:team/a", "h:team/a@b", "h:/srv/a.git", "h:~bot/a", "git@h:a@b:c"])
def test_a_place_of_ssh_stays_as_it_is(text: str) -> None:
    assert remote_address(text) == RemoteAddress(text)
