from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.hint import MAX_CLAIMS, GitHint, Hint, claim, claimed, claims_of, git_hint_of, hint_of, joined
from reconciler.model.host import Host


@pytest.mark.parametrize(
    ("host", "repository", "tag", "expected"),
    [
        ("quay.io", "acme/app", "1.0", Hint(Host("quay.io"), "acme/app", "1.0")),
        ("docker.io", "nginx", "1", Hint(Host("docker.io"), "library/nginx", "1")),
        ("index.docker.io", "acme/app", None, Hint(Host("docker.io"), "acme/app")),
        ("r:5000", "app", None, Hint(Host("r:5000"), "app")),
        (None, "app", "1", Hint(None, "app", "1")),
    ],
)
def test_a_hint_names_what_references_name(host: str | None, repository: str, tag: str | None, expected: Hint) -> None:
    assert hint_of(host, repository, tag) == expected


@pytest.mark.parametrize(
    ("host", "repository", "tag"),
    [
        ("quay.io", "Acme/app", "1"),
        ("quay.io", "../app", "1"),
        ("quay.io", "app", "-x"),
        ("quay.io", "app", "1@sha256:" + "a" * 64),
        ("quay.io", "app:1", None),
        ("a b", "app", "1"),
        ("http://r", "app", "1"),
        ("quay.io", "", "1"),
        ("quay.io", "a\ud800", "1"),
    ],
)
def test_an_invalid_name_gives_no_hint(host: str, repository: str, tag: str | None) -> None:
    assert hint_of(host, repository, tag) is None


def test_who_pushed_takes_no_part_in_comparing_hints() -> None:
    assert hint_of("r:5000", "app", "1", "jane") == hint_of("r:5000", "app", "1", "joe")
    assert len({hint_of("r:5000", "app", "1", "jane"), hint_of("r:5000", "app", "1")}) == 1


@pytest.mark.parametrize(
    ("branch", "commit", "expected"),
    [
        ("main", "a" * 40, GitHint("main", "a" * 40)),
        ("main", "b" * 64, GitHint("main", "b" * 64)),
        ("main", "0" * 40, GitHint("main")),
        ("main", "0" * 64, GitHint("main")),
        ("main", "HEAD", GitHint("main")),
        ("main", None, GitHint("main")),
        ("", "a" * 40, None),
        ("ma\nin", "a" * 40, None),
        ("m" * 256, "a" * 40, None),
    ],
)
def test_a_git_hint_has_a_branch_and_a_commit_or_none(
    branch: str, commit: str | None, expected: GitHint | None
) -> None:
    assert git_hint_of(branch, commit) == expected


def test_a_claim_is_one_line_without_what_git_idents_cannot_have() -> None:
    assert claim("Jane\nSigned-off-by: Joe <joe@example.com>") == "Jane Signed-off-by: Joe joe@example.com"
    assert claim("x" * 1000) == "x" * 99 + "…"
    assert claim(" \t\n") is None
    assert claim(["jane"]) is None


@given(st.text(st.characters(codec=None), max_size=300))
def test_a_claim_never_breaks_a_line(text: str) -> None:
    found = claim(text)
    assert found is None or (found.isprintable() and 0 < len(found) <= 100 and found == found.strip())


APP = (Host("r:5000"), "team-a/app", "1")


def test_a_claim_is_about_one_tag_of_one_registry() -> None:
    claims = claims_of(
        [
            Hint(Host("r:5000"), "team-a/app", "1", "alice"),
            Hint(None, "team-a/app", "2", "alice"),
            Hint(Host("r:5000"), "team-a/app", None, "alice"),
            Hint(Host("docker.io"), "library/nginx", "1", "bob"),
        ]
    )
    assert claims == {APP: "alice", ("docker.io", "library/nginx", "1"): "bob"}
    assert claimed(claims, "r:5000/team-a/app:1") == "alice"
    assert claimed(claims, "nginx:1") == "bob"
    for other in ("r:5001/team-a/app:1", "r:5000/team-a/app:2", "r:5000/team-b/app:1", "r:5000/team-a/app", "A B", ""):
        assert claimed(claims, other) is None


@pytest.mark.parametrize(
    ("pushers", "known"),
    [
        (["alice", "alice"], "alice"),
        (["alice", "bob"], None),
        (["alice", None], None),
        ([None, "bob"], None),
        (["alice", "bob", "bob"], None),
    ],
)
def test_no_pusher_is_named_if_several_may_have_pushed(pushers: list[str | None], known: str | None) -> None:
    hints = [Hint(Host("r:5000"), "team-a/app", "1", pusher) for pusher in pushers]
    assert claims_of(hints) == {APP: known}
    assert joined(claims_of(hints[:1]), claims_of(hints[1:])) == {APP: known}


def test_a_flood_of_claims_is_bounded_and_still_finds_contradictions() -> None:
    many = claims_of(Hint(Host("r:5000"), "team-a/app", str(number), "alice") for number in range(MAX_CLAIMS + 5))
    assert len(many) == MAX_CLAIMS
    assert claimed(many, f"r:5000/team-a/app:{MAX_CLAIMS}") is None
    assert claimed(joined(many, {APP: "bob"}), "r:5000/team-a/app:1") is None
    assert len(joined(many, {(Host("other"), "app", "1"): "bob"})) == MAX_CLAIMS
