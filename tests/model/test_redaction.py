import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.redaction import redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://alice:s3cret@quay.io/v2/", "https://quay.io/v2/"),
        ("https://alice:p@ss@quay.io/v2/", "https://quay.io/v2/"),
        ("see https://s3.example.com/blob?X-Amz-Signature=abc&b=c now", "see https://s3.example.com/blob now"),
        ("https://quay.io/auth#token", "https://quay.io/auth"),
        ("Authorization: Basic YWxpY2U6c2VjcmV0", "Authorization: ***"),
        ("proxy-authorization=Basic YWxp", "proxy-authorization=***"),
        ("sent Bearer eyJhbGciOiJSUzI1NiJ9.e30.abc away", "sent Bearer *** away"),
        ("Bearer tokens and Basic authentication", "Bearer tokens and Basic authentication"),
        ('{"access_token": "abc.def", "n": 1}', '{"access_token": "***", "n": 1}'),
        ("grant&refresh_token=abc&scope=x", "grant&refresh_token=***&scope=x"),
        ("password: hunter2", "password: ***"),
        ("password: 'hunter 2', n", "password: '***', n"),
        ('token="abc def" x', 'token="***" x'),
        ("bearer abcdefghijklmnopqrst is wrong", "bearer *** is wrong"),
        ("password: swordfish is wrong", "password: *** is wrong"),
        ("secret: swordfish is wrong", "secret: *** is wrong"),
        ("token: sw0rdfish, scope: x", "token: ***, scope: x"),
        ("token: sw0rdfish\nscope: x", "token: ***\nscope: x"),
        ("token: SwordFish is wrong", "token: *** is wrong"),
        ("token: eyJhbGciOiJSUzI1NiJ9 is wrong", "token: *** is wrong"),
        ("token: abcdefghijklmnopqrstuvwxyz is long", "token: *** is long"),
        ("token: f00 bar", "token: *** bar"),
        ("token=cannot connect", "token=*** connect"),
        ('"token": cannot connect', '"token": *** connect'),
        ("refresh_token: 1//0gAbc def", "refresh_token: *** def"),
        ("https://h/password: Hunter2", "https://h/password: ***"),
        ("https://h/token: 9f2c1ab04d77", "https://h/token: ***"),
        ("https://u:p/w?o#r@quay.io/v2/", "https://quay.io/v2/"),
        ("https://ghp_abc@quay.io/o/r to ssh://git:pw@h/x", "https://quay.io/o/r to ssh://h/x"),
        ("https://a.example/https://u:p@b.example/x", "https://a.example/https://b.example/x"),
        ("https://git.example/g/p?private_token=glpat-abc", "https://git.example/g/p"),
        ("CI_JOB_TOKEN=abc", "CI_JOB_TOKEN=***"),
        ("private_token=glpat-S3cret", "private_token=***"),
        ("X-Amz-Signature=abc&sig=a%2Fb", "X-Amz-Signature=***&sig=***"),
        ("id eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln given", "id *** given"),
        ("by ghp_abcdefgh1234 and glpat-abcdefgh", "by *** and ***"),
        ("quay.io refuses the connection.", "quay.io refuses the connection."),
    ],
)
def test_credentials_are_taken_out_of_text(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "GET https://quay.io/v2/auth/token: cannot connect",
        "GET https://quay.io/v2/auth/token: can't connect",
        "https://auth.example.com/token: refused.",
        "https://auth.example.com/token: dial tcp 10.0.0.1:443",
        "https://auth.example.com/token: i/o timeout",
        "https://auth.example.com/token: 401 Unauthorized",
        "https://auth.example.com/token: EOF",
        "/run/secrets/hub/secret: cannot be read",
        "/run/secrets/hub/password: unreadable",
        "no token: the server has none",
        "identitytoken: is empty",
        "token: x509: certificate has expired",
        "token: swordfish",
        "basic authentication-required is said, bearer token-authentication too",
        "token: Expired, scope: x",
        "identitytoken: missing\nscope: x",
        "signature: good",
        "https://quay.io:5000/acme/app@sha256:9f2c",
        "image team/token:latest is gone",
        "the token was refused",
        "a secret is missing",
    ],
)
def test_what_went_wrong_survives(text: str) -> None:
    assert redact(text) == text


PIECES = [
    "token",
    "password",
    "secret",
    ": ",
    "=",
    "/",
    " ",
    "is",
    "swordfish",
    "EOF",
    "A1",
    '"',
    "\n",
    ",",
    "bearer",
    "://",
    "@",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_was_redacted_once_stays_as_it_is(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(st.text())
def test_any_text_can_be_redacted_and_nothing_is_left_for_a_second_time(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


SECRETS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=24, max_size=40)


@given(SECRETS, st.text())
def test_a_secret_in_its_usual_places_never_survives(secret: str, around: str) -> None:
    around = around.replace(secret, "")
    for form in (f"https://u:{secret}@h/", f"https://h/?t={secret}", f"Authorization: Basic {secret}"):
        assert secret not in redact(f"{around} {form}")


LONG = [
    "://",
    "https://a:b",
    "token",
    "token: ",
    "authorization",
    "bearer ",
    "eyJ-",
    "eyJa.",
    "ghp_",
    "=",
    "@",
    "?",
    "\"'",
]


@pytest.mark.parametrize("piece", LONG)
def test_no_text_costs_more_than_its_length(piece: str) -> None:
    # With quadratic cost this many characters would exceed the timeout of a test.
    redact(piece * (200_000 // len(piece)))
