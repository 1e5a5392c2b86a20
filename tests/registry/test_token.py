import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.registry.challenge import Challenge
from reconciler.registry.credentials import Credential
from reconciler.registry.token import Grants, Token, TokenKey, parse_token

KEY = TokenKey("https://r", "https://auth", "s", None, ("repository:a:pull",))


@pytest.mark.parametrize(
    ("answer", "text", "life"),
    [
        ({"token": "t"}, "t", 55),
        ({"access_token": "a"}, "a", 55),
        ({"token": "", "access_token": "a"}, "a", 55),
        ({"token": "t", "expires_in": 300}, "t", 295),
        ({"token": "t", "expires_in": 10}, "t", 55),
        ({"token": "t", "expires_in": -1}, "t", 55),
        ({"token": "t", "expires_in": 10**400}, "t", 43195),
        ({"token": "t", "expires_in": float("inf")}, "t", 43195),
        ({"token": "t", "expires_in": float("nan")}, "t", 55),
        ({"token": "t", "expires_in": "300"}, "t", 55),
        ({"token": "t", "expires_in": True}, "t", 55),
    ],
)
def test_a_token_lives_a_minute_at_least_and_is_renewed_early(
    answer: dict[str, object], text: str, life: float
) -> None:
    assert parse_token(json.dumps(answer).encode(), 1000.0) == Token(text, 1000.0 + life)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"token": 1}', b'{"token": "a b"}', b'{"token": "a\\r\\nb"}', b"[" * 100_000, b"\xff"],
)
def test_what_holds_no_usable_token_gives_none(body: bytes) -> None:
    assert parse_token(body, 0.0) is None


@given(st.binary())
def test_any_bytes_give_a_token_or_none(body: bytes) -> None:
    parse_token(body, 0.0)


def test_a_token_is_kept_until_it_expires_for_the_same_question_only() -> None:
    grants = Grants()
    grants.keep_token(KEY, Token("t", 100.0))
    assert grants.token(KEY, 99.0) == Token("t", 100.0)
    assert grants.token(KEY, 100.0) is None
    other = TokenKey("https://r", "https://auth", "s", Credential("alice"), ("repository:a:pull",))
    assert grants.token(other, 0.0) is None


def test_a_challenge_is_kept_by_registry_and_repository() -> None:
    grants = Grants()
    grants.keep_challenge("https://r", "a", Challenge("basic"))
    assert grants.challenge("https://r", "a") == Challenge("basic")
    assert grants.challenge("https://r", "b") is None


def test_a_token_does_not_show_when_printed() -> None:
    assert repr(Token("secret", 1.0)) == "Token(expires=1.0)"
