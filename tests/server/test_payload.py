from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.server.hooks.payload import MAX_DEPTH, MediaTypeError, Payload, PayloadError, read_json, read_payload


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/vnd.docker.distribution.events.v2+json",
        "application/cloudevents+json",
        "text/json",
    ],
)
def test_every_kind_of_json_is_read(media: str) -> None:
    assert read_payload({"content-type": media}, b'{"a": [1]}').value == {"a": [1]}


def test_a_form_carries_its_json_in_the_field_payload() -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert read_payload(headers, b"x=1&payload=%7B%22a%22%3A%22%C3%A9%22%7D").value == {"a": "é"}
    assert read_payload(headers, b"").value is None


def test_an_empty_body_gives_no_value() -> None:
    assert read_payload({}, b" \n").value is None


@pytest.mark.parametrize("headers", [{"content-type": "text/html"}, {"content-type": ""}, {"content-encoding": "gzip"}])
def test_other_types_and_compressed_bodies_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(MediaTypeError):
        read_payload(headers, b"{}")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"]",
        b"{}{}",
        b"[1,]",
        b'{"a": NaN}',
        b"[" + b"1" * 5000 + b"]",
        b'"\xff"',
        '{"a": 1}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b'"' + b'\\"' * 500_000,
        b"[" * 1_000_000,
        b'[{"a":' * 150_000,
        b"{}" * 500_000,
    ],
)
def test_malformed_json_is_refused_in_linear_time(body: bytes) -> None:
    with pytest.raises(PayloadError):
        read_json(body)


def test_nesting_ends_at_the_bound() -> None:
    assert read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None
    with pytest.raises(PayloadError) as caught:
        read_json(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))
    assert str(caught.value) == "the body is not JSON, or is nested more than 64 levels deep."


def test_brackets_in_strings_do_not_count_as_nesting() -> None:
    assert read_json(b'["' + b"[" * 1000 + b'\\"' + b"{" * 1000 + b'"]') == ["[" * 1000 + '"' + "{" * 1000]


def test_a_cloud_event_is_read_in_both_modes() -> None:
    data = {"name": "app"}
    assert Payload({}, {"specversion": "1.0", "type": "t", "data": data}).event == ("t", data)
    assert Payload({"ce-type": "t"}, data).event == ("t", data)
    assert Payload({}, data).event == ("", data)
    assert Payload({}, [data]).event == ("", {})


@given(st.dictionaries(st.sampled_from(["content-type", "content-encoding"]), st.text()), st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused(headers: dict[str, str], body: bytes) -> None:
    with contextlib.suppress(PayloadError):
        assert read_payload(headers, body).headers is headers
