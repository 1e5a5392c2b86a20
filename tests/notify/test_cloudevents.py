"""CloudEvents with any text in them: what a receiver decodes is what was sent, and no header breaks a request."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.change import ChangeKind
from reconciler.model.name import IstagName
from reconciler.model.notification import Notification
from reconciler.notify.kind import Delivery
from reconciler.notify.kinds import cloudevents, tekton
from reconciler.transport.connection import prepare
from tests.kit.notified import NOTIFICATION

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
NOTIFICATIONS = st.builds(
    Notification,
    id=st.from_regex(r"[0-9a-f]{40}-[0-9a-f]{16}", fullmatch=True),
    change=st.sampled_from(ChangeKind),
    tag=st.builds(IstagName, TEXTS, TEXTS, TEXTS),
    image=st.none() | TEXTS,
    version=st.none() | TEXTS,
    cause=TEXTS,
    repository=TEXTS,
    branch=TEXTS,
    time=st.just(NOTIFICATION.time),
    workloads=st.lists(TEXTS, max_size=3).map(tuple),
)


@given(NOTIFICATIONS, st.sampled_from(["binary", "structured"]))
def test_a_receiver_decodes_what_was_sent(notification: Notification, mode: str) -> None:
    request = cloudevents.KIND.request(Delivery(notification, "https://h/", options={"mode": mode}))
    assert all(value.isascii() and value.isprintable() for value in request.headers.values())
    event = from_http_event(HTTPMessage(dict(request.headers), request.body or b""))
    assert event.get_id() == notification.id
    assert event.get_subject() == str(notification.tag)
    assert event.get_type() == f"dev.imagestream.tag.{notification.event}"
    assert event.get_source() == cloudevents.source_of(notification.repository)
    assert event.get_data() == notification.to_json()


@given(NOTIFICATIONS)
def test_the_headers_for_tekton_are_encoded_too(notification: Notification) -> None:
    request = tekton.KIND.request(Delivery(notification, "https://h/"))
    assert all(value.isascii() and value.isprintable() for value in request.headers.values())
    assert unquote(request.headers["ce-subject"]) == str(notification.tag)
    prepare("POST", "https://h/", request.headers, request.body)


@pytest.mark.parametrize(
    ("repository", "source"),
    [
        ("", "urn:imagestream-reconciler"),
        ("https://h/ä b", "https://h/%C3%A4%20b"),
        ("https://h/a%20b", "https://h/a%20b"),
        ("https://h/100%", "https://h/100%25"),
        ("git@git.example.com:acme/images.git", "ssh://git@git.example.com/acme/images.git"),
        ("git.example.com:/srv/images", "ssh://git.example.com/srv/images"),
        ("ssh://git@h:22/a.git", "ssh://git@h:22/a.git"),
        ("/srv/images", "/srv/images"),
    ],
)
def test_the_source_is_a_uri_reference(repository: str, source: str) -> None:
    assert cloudevents.attributes_of(replace(NOTIFICATION, repository=repository))["source"] == source


def test_a_time_that_cannot_be_read_does_not_stop_an_event() -> None:
    for time, wanted in (("", "1970-01-01T00:00:00Z"), ("2026-11-23T09:00:00+01:00", "2026-11-23T08:00:00Z")):
        request = cloudevents.KIND.request(Delivery(replace(NOTIFICATION, time=time), "https://h/"))
        assert request.headers["ce-time"] == wanted
