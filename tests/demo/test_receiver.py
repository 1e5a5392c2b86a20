"""The sink of the demo: it keeps the JSON that it gets, and refuses everything else."""

from __future__ import annotations

import http.client

import pytest

from reconciler.demo.receiver import DemoReceiver


def post(receiver: DemoReceiver, body: bytes, **headers: str) -> int:
    connection = http.client.HTTPConnection(receiver.address, timeout=10)
    try:
        connection.request("POST", "/", body, {name.replace("_", "-"): value for name, value in headers.items()})
        return connection.getresponse().status
    finally:
        connection.close()


def test_events_are_kept_in_order_and_taken_once() -> None:
    with DemoReceiver() as receiver:
        assert [post(receiver, body) for body in (b'{"a": 1}', b'{"a": 2}')] == [204, 204]
        assert receiver.take() == [{"a": 1}, {"a": 2}]
        assert receiver.take() == []


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b"\xff"])
def test_what_is_no_object_of_json_is_refused(body: bytes) -> None:
    with DemoReceiver() as receiver:
        assert post(receiver, body) == 400
        assert receiver.take() == []


def test_a_body_that_is_too_large_is_refused_unread() -> None:
    with DemoReceiver() as receiver:
        assert post(receiver, b"", Content_Length=str(1 << 40)) == 400
