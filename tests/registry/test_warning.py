"""Warnings of registries: logged once each, cleaned, and without effect."""

from __future__ import annotations

import logging

import pytest

from reconciler.model.config import Installation
from reconciler.model.observation import Found
from reconciler.registry.client import RegistryClient
from reconciler.registry.credentials.credential import Credentials
from reconciler.transport.session import Transport
from tests.kit.clock import FakeClock
from tests.kit.faults import FaultServer
from tests.registry.scripted import IMAGE, TAGGED, about, manifest

KNOWN = frozenset({IMAGE.digest})


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ('299 - "pulls end soon"', ["pulls end soon"]),
        (
            '299 - "say \\"please\\"", 299 registry "move to https://new.example"',
            ['say "please"', "move to https://new.example"],
        ),
        ('299 - "token=s3cret is old"', ["token=*** is old"]),
        ('299 - "\x1b[31mred"', ["red"]),
        (f'299 - "{"x" * 900}"', ["x" * 199 + "…"]),
        ('199 - "something else"', []),
        ("299 - no quotes", []),
        ('299 - "cut', []),
        ("", []),
    ],
)
def test_a_warning_is_logged_once_in_a_process(caplog: pytest.LogCaptureFixture, header: str, shown: list[str]) -> None:
    clock = FakeClock()
    with (
        FaultServer({f"HEAD {TAGGED}": manifest(IMAGE, Warning=header)}) as server,
        Transport(clock=clock) as transport,
    ):
        client = RegistryClient(transport, Credentials(), Installation(), clock)
        for _ in range(3):
            assert isinstance(client.resolve(about(server), known=KNOWN), Found)
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert said == [f"{server.address} warns: {text}" for text in shown]


def test_at_most_a_hundred_different_warnings_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = FakeClock()
    replies = [manifest(IMAGE, Warning=f'299 - "number {number}"') for number in range(120)]
    with FaultServer({f"HEAD {TAGGED}": replies}) as server, Transport(clock=clock) as transport:
        client = RegistryClient(transport, Credentials(), Installation(), clock)
        for _ in range(120):
            client.resolve(about(server), known=KNOWN)
    assert len(caplog.records) == 100
