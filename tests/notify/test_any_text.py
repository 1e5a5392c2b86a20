"""Any text in a notification and in options: every kind makes a request that HTTP can carry, or says why not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.change import ChangeKind
from reconciler.model.config import Installation, Sink
from reconciler.model.name import IstagName
from reconciler.model.notification import Notification
from reconciler.model.person import Person, Request
from reconciler.model.sink_kind import SINK_KINDS
from reconciler.model.stream import Source, SourceKind
from reconciler.notify.http_sender import HttpSender
from reconciler.notify.kind import Delivery
from reconciler.notify.outcome import Failed
from reconciler.notify.senders import HTTP_KINDS
from reconciler.transport.connection import prepare
from reconciler.transport.session import Transport
from tests.kit.clock import FakeClock
from tests.kit.notified import NOTIFICATION

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
PEOPLE = st.builds(Person, TEXTS, TEXTS)
KEYS = {"cloudevents": b"whsec_" + b"QUFB" * 8}
NOTIFICATIONS = st.builds(
    Notification,
    id=st.from_regex(r"[0-9a-f]{40}-[0-9a-f]{16}", fullmatch=True),
    change=st.sampled_from(ChangeKind),
    tag=st.builds(IstagName, TEXTS, TEXTS, TEXTS),
    image=st.none() | TEXTS,
    previous=st.none() | TEXTS,
    pull_spec=st.none() | TEXTS,
    version=st.none() | TEXTS,
    previous_version=st.none() | TEXTS,
    source=st.none() | st.builds(Source, st.sampled_from(SourceKind), TEXTS, st.none() | TEXTS),
    cause=TEXTS,
    author=st.none() | PEOPLE,
    request=st.none() | st.builds(Request, PEOPLE, st.none() | TEXTS),
    commit=st.from_regex(r"[0-9a-f]{40}", fullmatch=True),
    link=TEXTS,
    time=TEXTS,
    repository=TEXTS,
    branch=TEXTS,
    workloads=st.lists(TEXTS, max_size=4).map(tuple),
    is_test=st.booleans(),
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[str, Delivery]:
    """A kind, and a delivery with a secret and with all its options."""
    name = draw(st.sampled_from(sorted(HTTP_KINDS)))
    options = {option.name: draw(TEXTS) for option in SINK_KINDS[name].options}
    secret = KEYS.get(name, b"t0ken")
    return name, Delivery(draw(NOTIFICATIONS), "https://h.example/base?q=1", (secret,), options, 1_795_420_800)


@given(deliveries())
def test_every_request_can_be_sent(given_: tuple[str, Delivery]) -> None:
    name, delivery = given_
    request = HTTP_KINDS[name].request(delivery)
    prepared = prepare(request.method, request.url, request.headers, request.body)
    assert urlsplit(prepared.url or "").netloc == "h.example"
    assert urlsplit(prepared.url or "").query == "q=1"
    assert all(value.isascii() and value.isprintable() for value in request.headers.values())
    assert len(request.body or b"") < 64 * 1024
    if request.headers.get("Content-Type", request.headers.get("content-type", "")).endswith("json"):
        json.loads(request.body or b"")


@pytest.mark.parametrize(
    ("kind", "options"), [("matrix", {"room": "\ud800"}), ("gitlab", {"ref": "\udfff"})], ids=["matrix", "gitlab"]
)
def test_half_a_character_is_explained(kind: str, options: Mapping[str, str]) -> None:
    with Transport() as transport:
        sink = Sink("it", kind, "https://h.example/", "it", options=options)
        sender = HttpSender(sink, HTTP_KINDS[kind], (b"t",), Installation(), transport, FakeClock())
        said = "its options have characters that are no text. Write them again."
        assert sender.send(NOTIFICATION) == Failed(said, retryable=False)
