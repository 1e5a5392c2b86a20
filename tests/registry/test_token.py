import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.registry.challenge import Challenge
from reconciler.registry.credentials.credential import Credential
from reconciler.registry.token import Token, TokenCache, TokenKey, parse_token
from tests.kit.clock import START

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
    assert parse_token(json.dumps(answer).encode(), 1000.0, START) == Token(text, 1000.0 + life)


@pytest.mark.parametrize(
    ("issued_at", "life"),
    [
        ("2026-11-23T08:00:00Z", 295),  # now
        ("2026-11-23T07:59:00Z", 235),  # a minute ago
        ("2026-11-23T08:59:00+01:00", 235),  # the same moment, written elsewhere
        ("2026-11-23T07:55:20.5Z", 18.45),  # 20.5 s are left, less a tenth
        ("2026-11-23T07:55:00Z", 295),  # ended already: the clocks differ
        ("2026-11-23T07:00:00Z", 295),  # an hour off
        ("2026-11-23T08:01:00Z", 295),  # in the future
        ("2026-11-23T07:59:00", 295),  # without a time zone
        ("yesterday", 295),
        (1700000000, 295),
        (None, 295),
        ("0001-01-01T00:00:00+23:59", 295),
    ],
)
def test_a_token_that_was_made_earlier_ends_earlier_where_the_clocks_agree(issued_at: object, life: float) -> None:
    answer = {"token": "t", "expires_in": 300, "issued_at": issued_at}
    token = parse_token(json.dumps(answer).encode(), 1000.0, START)
    assert token is not None
    assert token.expires == pytest.approx(1000.0 + life)


def test_an_old_date_is_not_believed_however_long_the_token_lives() -> None:
    answer = {"token": "t", "expires_in": 3600, "issued_at": "2026-11-23T07:54:59Z"}
    assert parse_token(json.dumps(answer).encode(), 0.0, START) == Token("t", 3595.0)


@given(st.datetimes(timezones=st.timezones()) | st.text(), st.integers(-10, 10**6))
def test_a_token_is_good_for_some_time_and_no_longer_than_promised(issued_at: object, expires_in: int) -> None:
    answer = {"token": "t", "expires_in": expires_in, "issued_at": str(issued_at)}
    token = parse_token(json.dumps(answer).encode(), 0.0, START)
    assert token is not None
    assert 0.0 < token.expires < max(60, expires_in)


def test_a_refresh_token_comes_along_where_it_can_be_sent() -> None:
    for sent, kept in (("r1", "r1"), ("", ""), ("a b", ""), (5, "")):
        token = parse_token(json.dumps({"token": "t", "refresh_token": sent}).encode(), 0.0, START)
        assert token == Token("t", 55.0, kept)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"token": 1}', b'{"token": "a b"}', b'{"token": "a\\r\\nb"}', b"[" * 100_000, b"\xff"],
)
def test_an_answer_without_a_usable_token_gives_none(body: bytes) -> None:
    assert parse_token(body, 0.0, START) is None


@given(st.binary())
def test_any_bytes_give_a_token_or_none(body: bytes) -> None:
    parse_token(body, 0.0, START)


def test_a_token_is_kept_until_it_expires_for_the_same_question_only() -> None:
    tokens = TokenCache()
    tokens.keep_token(KEY, Token("t", 100.0))
    assert tokens.token(KEY, 99.0) == Token("t", 100.0)
    assert tokens.token(KEY, 100.0) is None
    other = TokenKey("https://r", "https://auth", "s", Credential("alice"), ("repository:a:pull",))
    assert tokens.token(other, 0.0) is None


def test_a_refresh_token_serves_every_scope_of_its_realm_and_no_other_realm() -> None:
    tokens = TokenCache()
    tokens.keep_token(KEY, Token("t", 100.0, "r"))
    assert tokens.refresh_token(replace(KEY, scopes=("repository:b:pull",))) == "r"
    for other in (replace(KEY, realm="https://x"), replace(KEY, service="x"), replace(KEY, registry="https://x")):
        assert tokens.refresh_token(other) == ""
    assert tokens.refresh_token(replace(KEY, credential=Credential("alice"))) == ""
    tokens.keep_token(KEY, Token("t2", 100.0))
    assert tokens.refresh_token(KEY) == "r"
    tokens.drop_refresh_token(KEY)
    assert tokens.refresh_token(KEY) == ""


def test_a_challenge_is_kept_by_registry_and_repository() -> None:
    tokens = TokenCache()
    tokens.keep_challenge("https://r", "a", Challenge("basic"))
    assert tokens.challenge("https://r", "a") == Challenge("basic")
    assert tokens.challenge("https://r", "b") is None


def test_a_token_does_not_show_when_printed() -> None:
    assert repr(Token("secret", 1.0, "secret")) == "Token(expires=1.0)"
