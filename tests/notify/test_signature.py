"""Signatures, against the vectors of the standards and against libraries of others."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from reconciler.notify.kind import SecretError
from reconciler.notify.signature import hub_signature, standard_webhooks

REMEDY = "Write whsec_ and 24 to 64 random bytes in base64."


def test_the_vector_of_standard_webhooks() -> None:
    """Of the tests of the reference libraries."""
    body = b'{"test": 2432232314}'
    secret = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert standard_webhooks("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, [secret]) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_vector_of_github() -> None:
    """Of GitHub's page "Validating webhook deliveries"."""
    found = hub_signature(b"Hello, World!", b"It's a Secret to Everybody")
    wanted = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert found == {"X-Hub-Signature-256": f"sha256={wanted}"}


@given(
    st.from_regex(r"[A-Za-z0-9_-]{1,60}", fullmatch=True),
    st.integers(0, 4_000_000_000),
    st.text(),
    st.binary(min_size=24, max_size=64),
)
def test_the_library_of_the_standard_signs_the_same(identifier: str, time: int, text: str, key: bytes) -> None:
    body = text.encode("utf-8", "replace")
    secret = b"whsec_" + base64.b64encode(key)
    wanted = Webhook(secret.decode()).sign(identifier, datetime.fromtimestamp(time, UTC), body.decode())
    assert standard_webhooks(identifier, time, body, [secret])["webhook-signature"] == wanted


def test_every_line_of_the_file_signs() -> None:
    one, two = (b"whsec_" + base64.b64encode(bytes([byte]) * 24) for byte in (1, 2))
    both = standard_webhooks("a", 1, b"", [one, two])["webhook-signature"]
    assert both.split(" ") == [standard_webhooks("a", 1, b"", [key])["webhook-signature"] for key in (one, two)]


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        (b"hunter2", f"its secret is no key of Standard Webhooks. {REMEDY}"),
        (b"whsec_!!!!", f"its secret is not base64 behind whsec_. {REMEDY}"),
        (b"whsec_p\xc3\xa4sswort", f"its secret is not base64 behind whsec_. {REMEDY}"),
        (b"whsec_", f"its secret has 0 bytes. {REMEDY}"),
        (b"whsec_QUFB", f"its secret has 3 bytes. {REMEDY}"),
        (b"whsec_" + b"QUFB" * 22, f"its secret has 66 bytes. {REMEDY}"),
        (b"whsk_" + b"QUFB" * 8, f"its secret is no key of Standard Webhooks. {REMEDY}"),
    ],
)
def test_a_key_of_another_form_is_explained_without_showing_it(secret: bytes, message: str) -> None:
    with pytest.raises(SecretError) as caught:
        standard_webhooks("a", 1, b"", [secret])
    assert str(caught.value) == message


@given(st.binary())
def test_any_bytes_are_a_key_or_an_error(secret: bytes) -> None:
    try:
        assert standard_webhooks("a", 1, b"", [secret])["webhook-id"] == "a"
    except SecretError as error:
        assert str(error).endswith(REMEDY)  # noqa: PT017 - most bytes raise it
