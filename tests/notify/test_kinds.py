"""The whole request of every kind of sink, as a real server gets it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from standardwebhooks import Webhook

from reconciler.clock import SystemClock
from reconciler.model.config import Sink
from reconciler.notify.outcome import Delivered, Failed
from reconciler.schema.check import check
from tests.kit.faults import FaultServer, Recorded, Reply, as_json
from tests.kit.notified import BEFORE, COMMIT, IMAGE, KEY, NOTIFICATION, SinkHouse

JSON = NOTIFICATION.to_json()
TRANSPORT = {"host", "user-agent", "accept-encoding", "content-length"}
TEXT = (
    "team-a/app:prod moved from 1.4.1 (sha256:77ab77ab77ab) to 1.4.2 (sha256:9f2c9f2c9f2c)\n"
    f"Image: quay.io/acme/app@{IMAGE}\n"
    "Source: DockerImage quay.io/acme/app:1.4.2\n"
    "Cause: scheduled\n"
    "By: Jane Doe\n"
    "Workloads: apps/app.yaml#spec.template.spec.containers[0].image\n"
    "Repository: https://git.example.com/acme/images main\n"
    f"Commit 1f0c9d2a1f0c: https://git.example.com/acme/images/commit/{COMMIT}"
)
HTML = (
    "<strong>team-a/app:prod moved from 1.4.1 (sha256:77ab77ab77ab) to 1.4.2 (sha256:9f2c9f2c9f2c)</strong><br>"
    f"Image: quay.io/acme/app@{IMAGE}<br>"
    "Source: DockerImage quay.io/acme/app:1.4.2<br>"
    "Cause: scheduled<br>"
    "By: Jane Doe<br>"
    "Workloads: apps/app.yaml#spec.template.spec.containers[0].image<br>"
    "Repository: https://git.example.com/acme/images main<br>"
    f'<a href="https://git.example.com/acme/images/commit/{COMMIT}">Commit 1f0c9d2a1f0c</a>'
)


def sent(
    house: SinkHouse,
    kind: str,
    path: str = "/in",
    *,
    secret: str | None = None,
    options: Mapping[str, str] | None = None,
    answer: Reply | None = None,
) -> Recorded:
    """The one request of a sink of that kind, which is told of the notification."""
    with FaultServer({"*": answer or Reply(200)}) as server:
        name = house.secret("the-secret", secret, server.url) if secret else None
        sink = Sink("it", kind, f"{server.url}{path}", name, options=options or {})
        assert house.send(sink) == Delivered()
        (request,) = server.requests
    return request


def own(request: Recorded) -> dict[str, str]:
    """The headers that the kind chose."""
    return {name: value for name, value in request.headers.items() if name not in TRANSPORT}


def body(request: Recorded) -> Any:  # noqa: ANN401 - JSON
    return json.loads(request.body)


def test_the_notification_follows_its_schema() -> None:
    assert check("notification", JSON) == []
    empty = replace(
        NOTIFICATION, image=None, previous=None, pull_spec=None, version=None, previous_version=None, source=None,
        author=None, request=None, link="", repository="", workloads=(), is_test=True,
    )  # fmt: skip
    assert check("notification", empty.to_json()) == []


def test_a_cloud_event_in_binary_mode_has_its_attributes_as_headers(house: SinkHouse) -> None:
    request = sent(house, "cloudevents")
    assert (request.method, request.path) == ("POST", "/in")
    assert own(request) == {
        "ce-specversion": "1.0",
        "ce-id": f"{COMMIT}-d623abd693d5eb37",
        "ce-source": "https://git.example.com/acme/images",
        "ce-type": "dev.imagestream.tag.move",
        "ce-subject": "team-a/app:prod",
        "ce-time": "2026-11-23T08:00:00Z",
        "content-type": "application/json",
    }
    assert body(request) == JSON


def test_a_cloud_event_in_structured_mode_is_one_document(house: SinkHouse) -> None:
    request = sent(house, "cloudevents", options={"mode": "structured"})
    assert own(request) == {"content-type": "application/cloudevents+json"}
    assert body(request) == {
        "specversion": "1.0",
        "id": f"{COMMIT}-d623abd693d5eb37",
        "source": "https://git.example.com/acme/images",
        "type": "dev.imagestream.tag.move",
        "subject": "team-a/app:prod",
        "time": "2026-11-23T08:00:00Z",
        "datacontenttype": "application/json",
        "data": JSON,
    }


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_a_signed_cloud_event_is_verified_by_the_library_of_the_standard(house: SinkHouse, mode: str) -> None:
    house.clock = SystemClock()
    other = "whsec_" + "QUFB" * 8
    request = sent(house, "cloudevents", secret=f"{KEY}\n{other}\n", options={"mode": mode})
    for key in (KEY, other):
        Webhook(key).verify(request.body, dict(request.headers))
    assert request.headers["webhook-id"] == NOTIFICATION.id
    assert "MfKQ9r8" not in str(request.headers)


def test_tekton_gets_a_signed_event_with_the_attributes_of_a_cloud_event(house: SinkHouse) -> None:
    request = sent(house, "tekton", secret="hunter2")
    digest = hmac.new(b"hunter2", request.body, hashlib.sha256).hexdigest()
    assert own(request) == {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": NOTIFICATION.id,
        "ce-source": "https://git.example.com/acme/images",
        "ce-type": "dev.imagestream.tag.move",
        "ce-subject": "team-a/app:prod",
        "ce-time": "2026-11-23T08:00:00Z",
        "x-github-event": "imagestream",
        "x-hub-signature-256": f"sha256={digest}",
    }
    assert body(request) == JSON


def test_tekton_without_a_secret_gets_no_signature(house: SinkHouse) -> None:
    assert "x-hub-signature-256" not in sent(house, "tekton", answer=Reply(202)).headers


def test_github_gets_an_event_with_at_most_ten_properties(house: SinkHouse) -> None:
    request = sent(
        house, "github", "/repos/acme/app/dispatches", secret="ghp_x", options={"event": "base"}, answer=Reply(204)
    )
    assert (request.method, request.path) == ("POST", "/repos/acme/app/dispatches")
    assert own(request) == {
        "content-type": "application/json",
        "accept": "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
        "authorization": "Bearer ghp_x",
    }
    assert body(request) == {
        "event_type": "base",
        "client_payload": {
            "event": "move",
            "tag": "team-a/app:prod",
            "image": IMAGE,
            "previous": BEFORE,
            "dockerImageReference": f"quay.io/acme/app@{IMAGE}",
            "version": "1.4.2",
            "previousVersion": "1.4.1",
            "notification": JSON,
        },
    }


def test_a_test_starts_no_workflow_of_github(house: SinkHouse) -> None:
    with FaultServer({"*": Reply(204)}) as server:
        sink = Sink("it", "github", server.url, house.secret("token", "t", server.url))
        house.send(sink, replace(NOTIFICATION, is_test=True))
        assert body(server.requests[0])["event_type"] == "imagestream-test"


def test_gitlab_gets_a_form_with_variables(house: SinkHouse) -> None:
    request = sent(house, "gitlab", "/api/v4/projects/7/trigger/pipeline", secret="glptt-x", options={"ref": "main"})
    assert own(request) == {"content-type": "application/x-www-form-urlencoded"}
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
    assert json.loads(form.pop("variables[IMAGESTREAM_NOTIFICATION]")) == JSON
    assert form == {
        "token": "glptt-x",
        "ref": "main",
        "variables[IMAGESTREAM_EVENT]": "move",
        "variables[IMAGESTREAM_TAG]": "team-a/app:prod",
        "variables[IMAGESTREAM_IMAGE]": IMAGE,
        "variables[IMAGESTREAM_PREVIOUS]": BEFORE,
        "variables[IMAGESTREAM_PULL_SPEC]": f"quay.io/acme/app@{IMAGE}",
        "variables[IMAGESTREAM_VERSION]": "1.4.2",
        "variables[IMAGESTREAM_PREVIOUS_VERSION]": "1.4.1",
        "variables[IMAGESTREAM_COMMIT]": COMMIT,
        "variables[IMAGESTREAM_ID]": NOTIFICATION.id,
    }


def test_a_build_of_openshift_gets_its_environment(house: SinkHouse) -> None:
    with FaultServer({"*": Reply(200)}) as server:
        place = "/apis/build.openshift.io/v1/namespaces/a/buildconfigs/app/webhooks/S3cr3tHook/generic"
        assert house.send(Sink("it", "openshift-build", secret=house.secret("hook", server.url + place))) == Delivered()
    (request,) = server.requests
    assert (request.method, request.path, own(request)) == ("POST", place, {"content-type": "application/json"})
    variables = {each["name"]: each["value"] for each in body(request)["env"]}
    assert json.loads(variables["IMAGESTREAM_NOTIFICATION"]) == JSON
    assert variables["IMAGESTREAM_PULL_SPEC"] == f"quay.io/acme/app@{IMAGE}"
    assert len(variables) == 10


def test_jenkins_gets_its_token_in_a_header(house: SinkHouse) -> None:
    request = sent(house, "jenkins", "/generic-webhook-trigger/invoke", secret="t0ken")
    assert own(request) == {"content-type": "application/json", "token": "t0ken"}
    assert (request.query, body(request)) == ({}, JSON)


def test_argo_events_gets_a_bearer_token_where_there_is_one(house: SinkHouse) -> None:
    request = sent(house, "argo-events", secret="t0ken")
    assert own(request) == {"content-type": "application/json", "authorization": "Bearer t0ken"}
    assert body(request) == JSON
    assert "authorization" not in sent(house, "argo-events").headers


def test_slack_gets_plain_text_at_the_address_in_the_secret(house: SinkHouse) -> None:
    with FaultServer({"*": Reply(200, {}, b"ok")}) as server:
        name = house.secret("slack", f"{server.url}/services/T0/B0/XyZ\n")
        assert house.send(Sink("it", "slack", secret=name)) == Delivered()
    (request,) = server.requests
    assert (request.path, own(request)) == ("/services/T0/B0/XyZ", {"content-type": "application/json"})
    assert body(request) == {
        "text": TEXT,
        "mrkdwn": False,
        "parse": "none",
        "unfurl_links": False,
        "unfurl_media": False,
    }


def text_block(*runs: Mapping[str, object]) -> object:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun"} | dict(run) for run in runs]}


def fact(label: str, value: str) -> object:
    return text_block({"text": f"{label}: ", "isSubtle": True}, {"text": value})


def test_teams_gets_an_adaptive_card(house: SinkHouse) -> None:
    with FaultServer({"*": Reply(202)}) as server:
        name = house.secret("teams", f"{server.url}/workflows/1/triggers/manual/paths/invoke?sp=%2Ft&sig=S3cr3t")
        assert house.send(Sink("it", "teams", secret=name)) == Delivered()
    (request,) = server.requests
    assert request.query == {"sp": ["/t"], "sig": ["S3cr3t"]}
    assert body(request) == {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [
                        text_block({"text": TEXT.partition("\n")[0], "weight": "Bolder"}),
                        fact("Image", f"quay.io/acme/app@{IMAGE}"),
                        fact("Source", "DockerImage quay.io/acme/app:1.4.2"),
                        fact("Cause", "scheduled"),
                        fact("By", "Jane Doe"),
                        fact("Workloads", "apps/app.yaml#spec.template.spec.containers[0].image"),
                        fact("Repository", "https://git.example.com/acme/images main"),
                    ],
                    "actions": [
                        {
                            "type": "Action.OpenUrl",
                            "title": "Commit 1f0c9d2a1f0c",
                            "url": f"https://git.example.com/acme/images/commit/{COMMIT}",
                        }
                    ],
                },
            }
        ],
    }


def test_matrix_gets_one_message_however_often_it_is_sent(house: SinkHouse) -> None:
    request = sent(house, "matrix", "", secret="syt_x", options={"room": "!a/b:example.com"}, answer=as_json({}))
    place = "/_matrix/client/v3/rooms/%21a%2Fb%3Aexample.com/send/m.room.message"
    assert (request.method, request.path) == ("PUT", f"{place}/{NOTIFICATION.id}")
    assert own(request) == {"content-type": "application/json", "authorization": "Bearer syt_x"}
    assert body(request) == {
        "msgtype": "m.notice",
        "body": TEXT,
        "format": "org.matrix.custom.html",
        "formatted_body": HTML,
        "m.mentions": {},
    }


def test_grafana_gets_an_annotation_at_the_time_of_the_commit(house: SinkHouse) -> None:
    request = sent(house, "grafana", "/grafana/", secret="glsa_x", options={"dashboard": "cIB"})
    assert (request.method, request.path) == ("POST", "/grafana/api/annotations")
    assert own(request) == {"content-type": "application/json", "authorization": "Bearer glsa_x"}
    assert body(request) == {
        "time": 1795420800000,
        "tags": ["imagestream", "move", "team-a/app", "team-a/app:prod"],
        "text": HTML,
        "dashboardUID": "cIB",
    }


def test_github_gets_a_status_of_the_commit(house: SinkHouse) -> None:
    request = sent(house, "github-status", "/repos/acme/images", secret="ghp_x", answer=Reply(201))
    assert request.path == f"/repos/acme/images/statuses/{COMMIT}"
    assert request.headers["authorization"] == "Bearer ghp_x"
    assert body(request) == {
        "state": "success",
        "context": "imagestream: team-a/app:prod",
        "description": TEXT.partition("\n")[0],
    }


def test_gitlab_gets_a_status_of_the_commit(house: SinkHouse) -> None:
    request = sent(house, "gitlab-status", "/api/v4/projects/7", secret="x", options={"context": "images"})
    assert request.path == f"/api/v4/projects/7/statuses/{COMMIT}"
    assert own(request) == {"content-type": "application/json", "private-token": "x"}
    assert body(request) == {
        "state": "success",
        "name": "images: team-a/app:prod",
        "description": TEXT.partition("\n")[0],
    }


def test_a_status_that_gitlab_has_already_counts_as_delivered(house: SinkHouse) -> None:
    repeated = as_json({"message": "Cannot transition status via :success from :success (Reason(s): …)"}, 400)
    sent(house, "gitlab-status", "/api/v4/projects/7", secret="x", answer=repeated)


def test_a_token_that_no_header_can_hold_is_not_sent(house: SinkHouse) -> None:
    with FaultServer({"*": Reply(200)}) as server:
        for kind in ("jenkins", "argo-events", "gitlab"):
            sink = Sink("it", kind, server.url, house.secret("bad", "pässwörd", server.url), options={"ref": "main"})
            said = "its token has characters that a token cannot have. Write it again, on one line."
            assert house.send(sink) == Failed(said, retryable=False)
        assert server.requests == []
