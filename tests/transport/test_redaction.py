import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.transport.redaction import redact


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
        ("quay.io refuses the connection.", "quay.io refuses the connection."),
    ],
)
def test_credentials_are_taken_out_of_text(text: str, shown: str) -> None:
    assert redact(text) == shown


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
