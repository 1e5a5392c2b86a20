"""Signatures against the examples that Amazon publishes, and against results of its own library (sigv4.json)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.registry.cloud.sigv4 import Keys, _signing_key, signed
from reconciler.transport.message import HttpRequest

KEYS = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UTF8_FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
IAM = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"


def test_the_published_signing_key() -> None:
    key = _signing_key(KEYS.secret, "20150830/us-east-1/iam/aws4_request")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


@pytest.mark.parametrize(
    ("request_", "service", "signature"),
    [
        (
            HttpRequest("GET", "https://example.amazonaws.com/"),
            "service",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            HttpRequest("POST", "https://example.amazonaws.com/"),
            "service",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            HttpRequest("POST", "https://example.amazonaws.com/", FORM, b"Param1=value1"),
            "service",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (HttpRequest("GET", IAM, UTF8_FORM), "iam", "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
    ],
)
def test_the_published_signatures(request_: HttpRequest, service: str, signature: str) -> None:
    header = signed(request_, KEYS, service, "us-east-1", MOMENT).headers["Authorization"]
    assert header.startswith(f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/{service}/aws4_request, ")
    assert header.endswith(f"Signature={signature}")


def test_a_session_token_is_sent_and_signed_and_keys_do_not_show_when_printed() -> None:
    keys = Keys("AKIDEXAMPLE", "secret", "session")
    request = signed(HttpRequest("POST", "https://h:8443/", {}, b"{}"), keys, "ecr", "eu-west-1", MOMENT)
    assert request.headers["X-Amz-Security-Token"] == "session"
    assert request.headers["Host"] == "h:8443"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token," in request.headers["Authorization"]
    assert repr(keys) == "Keys()"


VECTORS = json.loads((Path(__file__).parent / "sigv4.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["title"])
def test_requests_are_signed_as_amazons_own_library_signs_them(vector: dict[str, Any]) -> None:
    keys = Keys(vector["accessKey"], vector["secret"], vector["sessionToken"])
    request = HttpRequest(vector["method"], vector["url"], vector["headers"], vector["body"].encode())
    moment = datetime.fromisoformat(VECTORS["moment"])
    made = signed(request, keys, vector["service"], vector["region"], moment).headers
    assert (made["Authorization"], made["X-Amz-Date"]) == (vector["authorization"], vector["amzDate"])
