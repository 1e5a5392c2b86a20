"""The remote: which one is on this machine, where its mirror is, and where its credentials come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.daemon.remote import Remote, is_on_this_machine
from reconciler.errors import UsageError
from reconciler.gitstore import GitAccess

URL = "https://git.example.com/acme/images.git"


def remote(url: str = URL, branch: str = "main", data: Path | None = None, access: GitAccess | None = None) -> Remote:
    return Remote(url, branch, data, 60.0, access or GitAccess())


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("/srv/git/images.git", True),
        ("images", True),
        ("./a:b", True),
        ("file:///srv/git/images.git", True),
        ("http://127.0.0.1:3000/a/b", True),
        ("ssh://git@localhost/a/b", True),
        ("git@localhost:a/b", True),
        ("https://github.com/acme/images", False),
        ("git@github.com:acme/images.git", False),
        ("ssh://git@10.0.0.1/a", False),
    ],
)
def test_a_git_remote_is_on_this_machine_or_not(url: str, *, local: bool) -> None:
    assert is_on_this_machine(url) is local


def test_user_and_password_of_the_address_become_the_access() -> None:
    found = remote("https://bot:secret@git.example.com/acme/images.git").without_credentials()
    assert (found.url, found.access.user, found.access.password) == (URL, "bot", "secret")


def test_a_password_in_the_address_and_a_file_are_an_error() -> None:
    both = remote("https://bot:secret@git.example.com/a/b", access=GitAccess(password_file=Path("/run/password")))
    with pytest.raises(UsageError) as caught:
        both.without_credentials()
    assert str(caught.value) == (
        "--repo has a password in it, and another option gives a password or key too. Leave one of them out."
    )


def test_each_branch_of_each_remote_has_a_mirror_of_its_own_in_the_cache() -> None:
    cache = {"XDG_CACHE_HOME": "/cache", "HOME": "/home/jane"}
    folders = {remote(url, branch).mirror_folder(cache) for url in (URL, "/srv/git") for branch in ("main", "other")}
    assert len(folders) == 4
    assert {folder.parent for folder in folders} == {Path("/cache/imagestream")}
    assert remote().mirror_folder({"HOME": "/home/jane"}).parent == Path("/home/jane/.cache/imagestream")
    assert remote(data=Path("/data")).mirror_folder(cache) == Path("/data")


def test_the_files_of_the_access_are_those_that_are_named() -> None:
    named = GitAccess(key_file=Path("/run/key"), known_hosts=Path("/run/hosts"))
    assert remote(access=named).files == (Path("/run/key"), Path("/run/hosts"))
    assert remote().files == ()
