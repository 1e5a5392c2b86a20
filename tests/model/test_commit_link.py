"""Links of commits, for the addresses that hosts of git show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.commit_link import commit_link

ID = "1f0c9d2e4b5a69788796a5b4c3d2e1f00f1e2d3c"


@pytest.mark.parametrize(
    ("repository", "page"),
    [
        ("https://github.com/acme/images.git", "https://github.com/acme/images/commit"),
        ("https://github.com/acme/images", "https://github.com/acme/images/commit"),
        ("git@github.com:acme/images.git", "https://github.com/acme/images/commit"),
        ("ssh://git@github.com/acme/images.git", "https://github.com/acme/images/commit"),
        ("ssh://git@ssh.github.com:443/acme/images.git", "https://ssh.github.com/acme/images/commit"),
        ("https://gitlab.com/acme/team/images.git", "https://gitlab.com/acme/team/images/-/commit"),
        ("git@gitlab.example.com:acme/images.git", "https://gitlab.example.com/acme/images/-/commit"),
        ("https://codeberg.org/acme/images.git", "https://codeberg.org/acme/images/commit"),
        ("ssh://git@git.example.com:2222/acme/images.git", "https://git.example.com/acme/images/commit"),
        ("http://git.example.com:3000/acme/images.git", "http://git.example.com:3000/acme/images/commit"),
        ("https://bitbucket.org/acme/images.git", "https://bitbucket.org/acme/images/commits"),
        ("git@bitbucket.org:acme/images.git", "https://bitbucket.org/acme/images/commits"),
        ("https://bb.example.com/scm/ops/images.git", "https://bb.example.com/projects/ops/repos/images/commits"),
        ("https://bb.example.com/scm/~jane/images.git", "https://bb.example.com/users/jane/repos/images/commits"),
        ("ssh://git@bb.example.com:7999/ops/images.git", "https://bb.example.com/projects/ops/repos/images/commits"),
        ("https://dev.azure.com/acme/ops/_git/images", "https://dev.azure.com/acme/ops/_git/images/commit"),
        ("https://acme.visualstudio.com/ops/_git/images", "https://acme.visualstudio.com/ops/_git/images/commit"),
        ("git@ssh.dev.azure.com:v3/acme/ops/images", "https://dev.azure.com/acme/ops/_git/images/commit"),
        ("https://dev.azure.com/acme/My%20ops/_git/images", "https://dev.azure.com/acme/My%20ops/_git/images/commit"),
        ("https://jane:hunter2@github.com/acme/images.git", "https://github.com/acme/images/commit"),
        ("https://github.com/acme/images.git?token=hunter2#x", "https://github.com/acme/images/commit"),
    ],
)
def test_each_host_has_its_page(repository: str, page: str) -> None:
    assert commit_link(repository, ID) == f"{page}/{ID}"


@pytest.mark.parametrize(
    "repository",
    ["", "/srv/git/images.git", "file:///srv/git/images.git", "https://", "https://github.com", "https://[::1",
     "x" * 3_000, "https://a b/c", "https://x<y>/c", "ftp://h/p", "../images"],
)  # fmt: skip
def test_other_addresses_have_no_page(repository: str) -> None:
    assert not commit_link(repository, ID)


@given(st.text(max_size=80))
def test_a_page_is_an_address_of_the_web_without_spaces(text: str) -> None:
    for repository in (text, f"https://{text}", f"ssh://git@h/{text}", f"git@h:{text}"):
        page = commit_link(repository, ID)
        assert not page or page.startswith(("http://", "https://"))
        assert page.isascii()
        assert not set(page) & set(" \"'<>\\\n")
