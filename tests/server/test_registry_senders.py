"""The events of registries, as their documentation has them, and the hints in them."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.hint import Hint, Receiver
from reconciler.model.host import Host
from reconciler.server.hooks.payload import Payload, PayloadError
from reconciler.server.hooks.registry.acr import validation_response
from reconciler.server.hooks.senders import MAX_HINTS, REGISTRY_SENDERS, registry_hints
from tests.kit.webhooks import REGISTRY_EVENTS, distribution_event

KINDS = sorted(REGISTRY_SENDERS)


def hints(kind: str, value: object, headers: dict[str, str] | None = None, **said: object) -> tuple[Hint, ...]:
    receiver = Receiver("r", kind, "s", **said)  # type: ignore[arg-type]
    return registry_hints(Payload(headers or {}, value), receiver)


@pytest.mark.parametrize("case", REGISTRY_EVENTS, ids=lambda case: case.name)
def test_a_push_is_a_hint_at_what_was_pushed(case: object) -> None:
    assert isinstance(case, type(REGISTRY_EVENTS[0]))
    found = hints(case.kind, case.value, dict(case.headers), registry=case.registry, repositories=case.repositories)
    assert [(hint, hint.pusher) for hint in found] == [(hint, hint.pusher) for hint in case.hints]


def test_every_kind_has_an_event_here_and_a_check() -> None:
    assert {case.kind for case in REGISTRY_EVENTS} == set(REGISTRY_SENDERS)
    assert all(sender.checks for sender in REGISTRY_SENDERS.values())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("distribution", distribution_event(action="pull")),
        ("distribution", distribution_event(action="mount")),
        ("distribution", distribution_event(action="delete")),
        ("distribution", distribution_event(action=["push"])),
        ("distribution", distribution_event(tag=None)),
        ("distribution", distribution_event(media="application/octet-stream")),
        ("distribution", distribution_event(repository="../etc/passwd")),
        ("distribution", distribution_event(tag="$(id)")),
        ("distribution", {"events": []}),
        ("distribution", {"events": [None, 1, "x", []]}),
        ("distribution", {"events": {"action": "push"}}),
        ("acr", {"id": "1", "action": "ping"}),
        ("acr", {"action": "chart_push", "target": {"repository": "a", "tag": "1"}, "request": {"host": "h.azurecr.io"}}),
        ("acr", [{"eventType": "Microsoft.ContainerRegistry.ImageDeleted", "data": {}}]),
        ("dockerhub", {"push_data": {"tag": "1"}, "repository": {}}),
        ("quay", {"docker_url": "quay.io/acme/app", "build_id": "1"}),
        ("quay", {"docker_url": "quay.io/acme/app", "updated_tags": [None, 1, {}]}),
        ("harbor", {"type": "SCANNING_COMPLETED", "event_data": {"resources": [{"tag": "1"}]}}),
        ("harbor", {"type": "PULL_ARTIFACT", "event_data": {"resources": [{"tag": "1"}]}}),
        ("ghcr", {"action": "published", "package": {"package_type": "npm", "name": "a", "owner": {"login": "o"}}}),
        ("ghcr", {"zen": "Keep it logically awesome.", "hook_id": 1}),
        ("ecr", {"detail": {"action-type": "PUSH", "result": "FAILURE", "image-tag": "1", "repository-name": "a"}}),
        ("ecr", {"account": "evil.example.com/", "region": "x", "detail": {"action-type": "PUSH", "result": "SUCCESS", "image-tag": "1", "repository-name": "a"}}),
        ("gar", {"message": {"data": base64.b64encode(b'{"action":"DELETE","tag":"h/p/r:1"}').decode()}}),
        ("gar", {"message": {"data": base64.b64encode(b'{"action":"INSERT","digest":"h/p/r@sha256:0"}').decode()}}),
        ("artifactory", {"domain": "docker", "event_type": "deleted", "data": {"repo_key": "a", "image_name": "b", "tag": "1"}}),
        ("artifactory", {"domain": "docker", "event_type": "pushed", "data": {"repo_key": "a", "image_name": "b", "tag": "1"}}),
        ("nexus", {"action": "CREATED", "component": {"format": "maven2", "name": "a", "version": "1"}}),
        ("zot", {"specversion": "1.0", "type": "zotregistry.image.deleted", "data": {"name": "a", "reference": "1"}}),
        ("zot", {"specversion": "1.0", "type": "zotregistry.repository.created", "data": {"name": "a"}}),
    ],
)  # fmt: skip
def test_an_event_that_is_not_a_push_of_a_tag_gives_no_hint(kind: str, value: object) -> None:
    assert hints(kind, value) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_that_is_not_an_object_is_refused(kind: str) -> None:
    for value in (None, 1, "x", True):
        with pytest.raises(PayloadError) as caught:
            hints(kind, value)
        assert str(caught.value) == "the body is not a JSON object."


def test_the_answer_to_a_generic_event_names_what_is_missing() -> None:
    with pytest.raises(PayloadError) as caught:
        hints("generic", {"tag": "1"})
    assert str(caught.value) == 'the body names no image. Send {"image": "registry.example.com/team/app:1.0"}.'
    with pytest.raises(PayloadError) as caught:
        hints("generic", {"image": "HTTP://x y"})
    assert str(caught.value) == "the body names an image that is not a pull spec."


@pytest.mark.parametrize("data", ["%%%", base64.b64encode(b"{").decode(), base64.b64encode(b"[" * 99_999).decode()])
def test_a_message_that_cannot_be_decoded_is_refused(data: str) -> None:
    with pytest.raises(PayloadError):
        hints("gar", {"message": {"data": data}})


def test_the_registry_of_the_receiver_overrides_that_of_the_event() -> None:
    event = distribution_event(host="internal:5000")
    assert hints("distribution", event) == (Hint(Host("internal:5000"), "team/app", "v1"),)
    assert hints("distribution", event, registry="registry.example.com") == (
        Hint(Host("registry.example.com"), "team/app", "v1"),
    )


def test_an_event_gives_each_hint_once_and_a_bounded_number() -> None:
    url = "quay.io/acme/app"
    assert hints("quay", {"docker_url": url, "updated_tags": ["a", "a"]}) == (Hint(Host("quay.io"), "acme/app", "a"),)
    assert len(hints("quay", {"docker_url": url, "updated_tags": [f"t{n}" for n in range(5000)]})) == MAX_HINTS


def test_event_grid_is_answered_with_its_own_code_and_nothing_else() -> None:
    kind = "Microsoft.EventGrid.SubscriptionValidationEvent"
    asked = [{"eventType": kind, "data": {"validationCode": "512d38b6-c7b8", "validationUrl": "https://x.example"}}]
    assert validation_response(Payload({}, asked)) == b'{"validationResponse": "512d38b6-c7b8"}'
    assert validation_response(Payload({}, [{"eventType": kind, "data": {"validationCode": '"}<script>'}}])) is None
    assert validation_response(Payload({}, [{"eventType": "x", "data": {"validationCode": "1"}}])) is None
    assert validation_response(Payload({}, {"eventType": kind})) is None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["push", "PUSH_ARTIFACT", "1.0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(REGISTRY_EVENTS), st.data())
def test_an_event_with_any_value_anywhere_gives_hints_or_is_refused(case: object, data: st.DataObject) -> None:
    assert isinstance(case, type(REGISTRY_EVENTS[0]))
    value = _changed(json.loads(json.dumps(case.value)), data)
    try:
        found = hints(case.kind, value, dict(case.headers), registry=case.registry)
    except PayloadError:
        return
    assert all(hint.host and hint.repository for hint in found)


def _changed(value: object, data: st.DataObject) -> object:
    """The value with another value in one place."""
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(value)))
        return value | {key: _changed(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        return [_changed(value[0], data), *value[1:]]
    return data.draw(JSON)


def test_a_tag_that_several_people_pushed_has_no_pusher() -> None:
    """Distribution posts all events that wait in one envelope."""
    pushes = [("1", "alice"), ("2", "alice"), ("1", "bob"), ("2", "alice"), ("1", "bob")]
    events = [event for tag, user in pushes for event in distribution_event(tag=tag, user=user)["events"]]
    assert {hint.tag: hint.pusher for hint in hints("distribution", {"events": events})} == {"1": None, "2": "alice"}
