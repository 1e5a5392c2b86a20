from __future__ import annotations

import io
import json
import urllib.parse

import pytest

from reconciler.errors import InputError
from reconciler.model.config import Installation
from reconciler.model.hint import GitHint, Hint, Receiver
from reconciler.model.host import Host
from reconciler.secret_folder import SecretFolder
from reconciler.server.hooks.endpoint import git_endpoint, registry_endpoint
from reconciler.server.hooks.senders import GIT_SENDERS, REGISTRY_SENDERS
from reconciler.telemetry.log import logging_to
from tests.kit.signing_sender import basic, bearer, signed
from tests.kit.webhooks import GIT_EVENTS, REGISTRY_EVENTS, GitEvent, RegistryEvent, distribution_event
from tests.server.conftest import SECRET, Site

PATH = "/" + urllib.parse.quote(SECRET, safe="")
_OWN = {
    "artifactory": ("x-jfrog-event-auth", "", "sha256"),
    "bitbucket": ("x-hub-signature", "sha256=", "sha256"),
    "forgejo": ("x-forgejo-signature", "", "sha256"),
    "ghcr": ("x-hub-signature-256", "sha256=", "sha256"),
    "gitea": ("x-gitea-signature", "", "sha256"),
    "github": ("x-hub-signature-256", "sha256=", "sha256"),
    "nexus": ("x-nexus-webhook-signature", "", "sha1"),
}


def sent(case: RegistryEvent | GitEvent) -> tuple[str, dict[str, str], bytes]:
    """An event as its sender posts it: the path after the receiver's name, the headers and the body."""
    body = b"" if case.value is None else json.dumps(case.value).encode()
    headers = {"content-type": "application/json", **case.headers}
    if case.kind in {"dockerhub", "quay", "gar"}:
        return PATH, headers, body
    if case.kind in _OWN:
        name, prefix, algorithm = _OWN[case.kind]
        return "", headers | signed(name, SECRET, body, prefix=prefix, algorithm=algorithm), body
    if isinstance(case, GitEvent) and case.kind == "gitlab":
        return "", headers | {"x-gitlab-token": SECRET}, body
    return "", headers | (basic("hook", SECRET) if case.kind in {"zot", "azure-devops"} else bearer(SECRET)), body


def test_every_senders_event_is_accepted_and_queued(site: Site) -> None:
    for case in REGISTRY_EVENTS:
        site.hints.clear()
        path, headers, body = sent(case)
        status, _, text = site.ask("POST", f"/hooks/registry/{case.kind}{path}", body, headers)
        assert (case.name, status, text) == (case.name, 202, b"accepted\n")
        assert {(hint.repository.split("/")[-1], hint.tag) for hint in site.hints} == {
            (hint.repository.split("/")[-1], hint.tag) for hint in case.hints
        }
    for git_case in GIT_EVENTS:
        site.git_hints.clear()
        path, headers, body = sent(git_case)
        assert (git_case.name, site.ask("POST", f"/hooks/git/{git_case.kind}", body, headers)[0]) == (
            git_case.name,
            202,
        )
        assert tuple(site.git_hints) == git_case.hints


def test_without_the_secret_no_event_is_accepted_and_the_answer_gives_no_details(site: Site) -> None:
    for case in (*REGISTRY_EVENTS, *GIT_EVENTS):
        where = "registry" if isinstance(case, RegistryEvent) else "git"
        body = json.dumps(case.value).encode()
        for path, headers in (("", {}), ("/x", bearer("x")), ("", signed("x-hub-signature-256", "x", body))):
            status, _, text = site.ask("POST", f"/hooks/{where}/{case.kind}{path}", body, dict(case.headers) | headers)
            assert (status, text) == (401, b"")
    assert (site.hints, site.git_hints) == ([], [])


def test_an_undeclared_receiver_is_not_found_with_any_secret(site: Site) -> None:
    for path in ("/hooks/registry/nobody", f"/hooks/git/nobody{PATH}", "/hooks/registry/github", "/hooks/git/quay"):
        status, _, body = site.ask("POST", path, b"{}", bearer(SECRET))
        assert (status, body) == (404, b"")


def test_an_event_without_a_hint_is_accepted_too(site: Site) -> None:
    for action in ("pull", "delete", "unheard-of"):
        status, _, body = site.ask(
            "POST",
            "/hooks/registry/distribution",
            json.dumps(distribution_event(action=action)).encode(),
            bearer(SECRET) | {"content-type": "application/vnd.docker.distribution.events.v2+json"},
        )
        assert (status, body) == (200, b"nothing of interest\n")
    assert site.hints == []


def test_a_replay_gives_the_same_hint_again(site: Site) -> None:
    for _ in range(2):
        assert site.post("/hooks/registry/distribution", distribution_event(), bearer(SECRET)) == 202
    assert site.hints == [Hint(Host("registry.example:5000"), "team/app", "v1")] * 2


def test_a_slash_at_the_end_makes_no_difference(site: Site) -> None:
    assert site.post("/hooks/registry/distribution/", distribution_event(), bearer(SECRET)) == 202
    assert site.post("/hooks/git/generic//", None, bearer(SECRET)) == 202
    assert site.ask("GET", "/healthz/")[0] == 200
    assert site.git_hints == [GitHint()]


def test_a_secret_may_hold_any_character(site: Site) -> None:
    event = {"push_data": {"tag": "1"}, "repository": {"repo_name": "acme/app"}}
    for secret in ("a/b/", "pä ss%?#", "Zm9v+/=="):
        (site.folder / "hook").write_text(secret)
        assert site.post(f"/hooks/registry/dockerhub/{urllib.parse.quote(secret, safe='')}", event, {}) == 202


def test_an_old_and_a_new_secret_are_both_valid_for_a_while(site: Site) -> None:
    def asked(secret: str) -> int:
        return site.post("/hooks/git/generic", None, bearer(secret))

    (site.folder / "hook").write_text(f"new\n{SECRET}\n")
    assert (asked(SECRET), asked("new")) == (202, 202)
    (site.folder / "hook").write_text("new\n")
    assert (asked(SECRET), asked("new")) == (401, 202)
    (site.folder / "hook").unlink()
    assert (asked(SECRET), asked("new"), asked("")) == (401, 401, 401)


def test_each_event_of_a_receiver_without_a_secret_is_logged_with_the_file(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    (site.folder / "hook").unlink()
    assert site.post("/hooks/git/generic", None, bearer(SECRET)) == 401
    why = f"{site.folder / 'hook'} cannot be read: No such file or directory. Write the sender's secret into it."
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        f"receiver generic refuses every event: {why}"
    ]


def test_a_body_that_cannot_be_used_is_refused_in_a_sentence(site: Site) -> None:
    path, headers = "/hooks/registry/distribution", bearer(SECRET) | {"content-type": "application/json"}
    assert site.ask("POST", path, b"{", headers)[::2] == (
        400,
        b"the body is not JSON, or is nested more than 64 levels deep.\n",
    )
    assert site.ask("POST", path, b"[" * 900_000, headers)[0] == 400
    assert site.ask("POST", path, b"{}", headers | {"content-encoding": "gzip"})[::2] == (
        415,
        b"the body is compressed. Send it as it is.\n",
    )
    assert site.ask("POST", path, b"a=b", bearer(SECRET) | {"content-type": "text/html"})[::2] == (
        415,
        b"the body is not sent as JSON. Choose application/json.\n",
    )


def test_event_grid_is_answered_when_it_knows_the_secret(site: Site) -> None:
    event = [{"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "512d-38b6"}}]
    body = json.dumps(event).encode()
    status, headers, answer = site.ask("POST", f"/hooks/registry/acr{PATH}", body)
    assert (status, headers["content-type"], json.loads(answer)) == (
        200,
        "application/json",
        {"validationResponse": "512d-38b6"},
    )
    assert site.ask("POST", "/hooks/registry/acr/x", body)[0] == 401
    asked = {"webhook-request-origin": "eventgrid.azure.net"}
    status, headers, _ = site.ask("OPTIONS", f"/hooks/registry/acr{PATH}", b"", asked)
    assert (status, headers["webhook-allowed-origin"]) == (200, "eventgrid.azure.net")
    assert site.ask("OPTIONS", "/hooks/registry/acr/x", b"", asked)[0] == 401


def test_other_methods_and_paths_are_refused(site: Site) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "BREW"):
        assert site.ask(method, "/hooks/registry/distribution")[0] == 405
    assert site.ask("POST", "/healthz")[0] == 405
    for path in ("/", "/hooks", "/hooks/registry", "/hooks/registry/", "/metrics/x", "/%00", "/../../etc/passwd"):
        assert site.ask("GET", path)[0] == 404


def test_probes_tell_whether_the_process_is_alive_and_whether_it_is_ready(site: Site) -> None:
    assert site.ask("GET", "/healthz")[::2] == (200, b"ok\n")
    assert site.ask("GET", "/readyz")[::2] == (503, b"not yet\n")
    site.ready, site.alive = True, False
    assert site.ask("GET", "/readyz")[::2] == (200, b"ok\n")
    assert site.ask("HEAD", "/healthz")[::2] == (503, b"")


def test_metrics_count_hooks_only_under_declared_names(site: Site) -> None:
    site.post("/hooks/registry/distribution", distribution_event(), bearer(SECRET))
    for number in range(5):
        site.post(f"/hooks/registry/guess{number}", {}, {})
    site.post("/hooks/git/github", {}, {})
    status, headers, body = site.ask("GET", "/metrics")
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    found = [line for line in body.decode().splitlines() if line.startswith(("imagestream_hooks", "imagestream_hints"))]
    assert sorted(line for line in found if "_created" not in line) == [
        'imagestream_hints_total{receiver="distribution"} 1.0',
        'imagestream_hooks_total{receiver="distribution",result="accepted"} 1.0',
        'imagestream_hooks_total{receiver="github",result="unauthenticated"} 1.0',
        'imagestream_hooks_total{receiver="unknown",result="unknown"} 5.0',
    ]


def test_answers_name_no_server_and_are_not_cached(site: Site) -> None:
    for method, path in (("GET", "/healthz"), ("GET", "/metrics"), ("POST", "/hooks/git/github"), ("GET", "/nowhere")):
        _, headers, _ = site.ask(method, path)
        assert "server" not in headers
        assert "x-powered-by" not in headers
    assert site.ask("GET", "/metrics")[1]["cache-control"] == "no-store"


def test_an_internal_failure_is_logged_and_not_shown_to_the_sender(site: Site) -> None:
    site.broken, stream = True, io.StringIO()
    with logging_to(stream):
        status, _, body = site.ask(
            "POST", "/hooks/registry/distribution", json.dumps(distribution_event()).encode(), bearer(SECRET)
        )
    assert (status, body) == (500, b"")
    failed = json.loads(stream.getvalue().splitlines()[0])
    assert failed["message"] == "A webhook could not be handled."
    assert failed["error"].startswith("RuntimeError: token=*** (conftest.py:")
    assert "Traceback" not in stream.getvalue()
    site.broken = False
    assert site.post("/hooks/registry/distribution", distribution_event(), bearer(SECRET)) == 202


def test_the_access_log_has_the_answers_and_never_a_secret(site: Site) -> None:
    stream = io.StringIO()
    with logging_to(stream):
        event = {"push_data": {"tag": "1"}, "repository": {"repo_name": "acme/app"}}
        site.post(f"/hooks/registry/dockerhub{PATH}", event, {})
        site.post(f"/hooks/registry{PATH}", event, bearer(SECRET))
        site.post(f"{PATH}?token={PATH}", event, {})
        site.ask("GET", "/healthz")
        pull = distribution_event(action="pull")
        assert site.post("/hooks/registry/distribution", pull, bearer(SECRET)) == 200  # no hint in it, so no line
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(each.get("receiver"), each["route"], each["status"], each["method"]) for each in found] == [
        ("dockerhub", "/hooks/registry", 202, "POST"),
        ("unknown", "/hooks/registry", 404, "POST"),
        (None, "other", 404, "POST"),
    ]
    assert found[0].keys() >= {"milliseconds", "client", "time"}
    for secret in (SECRET, PATH, SECRET.split(maxsplit=1)[0]):
        assert secret not in stream.getvalue()


@pytest.mark.parametrize(
    ("installation", "message"),
    [
        (
            Installation(receivers=(Receiver("a", "docker", "s"),)),
            "receivers: 'a' is of no known kind. Choose one of " + ", ".join(sorted(REGISTRY_SENDERS)) + ".",
        ),
        (
            Installation(receivers=(Receiver("a", "quay", "s"), Receiver("a", "acr", "s"))),
            "receivers: 'a' is declared twice. Give each a name of its own.",
        ),
        (
            Installation(receivers=(Receiver("a", "zot", "s"),)),
            "receivers: 'a' needs a registry, because events of zot name none. Write registry: HOST.",
        ),
        (
            Installation(git_receivers=(Receiver("a", "svn", "s"),)),
            "gitReceivers: 'a' is of no known kind. Choose one of " + ", ".join(sorted(GIT_SENDERS)) + ".",
        ),
    ],
)
def test_an_installation_that_declares_receivers_wrongly_is_refused(installation: Installation, message: str) -> None:
    def build() -> None:
        registry_endpoint(installation, SecretFolder(None), lambda _: None)
        git_endpoint(installation, SecretFolder(None), lambda _: None)

    with pytest.raises(InputError) as caught:
        build()
    assert str(caught.value) == message
