from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.server.hooks.sender_check import Attempt, is_authentic
from reconciler.server.hooks.senders import GIT_SENDERS, REGISTRY_SENDERS
from tests.kit.signing_sender import basic, bearer, signed, standard

SECRET = "s3cr3t/+pässword"
WHSEC = "whsec_" + base64.b64encode(bytes(range(32))).decode()
BODY = b'{"events": []}'
NOW = 1_800_000_000


def attempt(headers: dict[str, str] | None = None, path: str | None = None, body: bytes = BODY) -> Attempt:
    wire = {name: value.encode().decode("latin-1") for name, value in (headers or {}).items()}
    return Attempt(wire, body, path, NOW)


def registry(kind: str, given: Attempt, secret: str = SECRET) -> bool:
    return is_authentic(REGISTRY_SENDERS[kind].checks, given, (secret.encode(),))


def git(kind: str, given: Attempt, secret: str = SECRET) -> bool:
    return is_authentic(GIT_SENDERS[kind].checks, given, (secret.encode(),))


HEADER = ["acr", "distribution", "ecr", "generic", "gitlab", "harbor", "zot"]
PATH = ["acr", "dockerhub", "gar", "quay"]
SIGNED = [
    ("artifactory", "x-jfrog-event-auth", "", "sha256"),
    ("generic", "x-signature", "sha256=", "sha256"),
    ("ghcr", "x-hub-signature-256", "sha256=", "sha256"),
    ("nexus", "x-nexus-webhook-signature", "", "sha1"),
]
GIT_SIGNED = [
    ("bitbucket", "x-hub-signature", "sha256="),
    ("bitbucket-datacenter", "x-hub-signature", "sha256="),
    ("forgejo", "x-forgejo-signature", ""),
    ("forgejo", "x-gitea-signature", ""),
    ("generic", "x-signature", "sha256="),
    ("gitea", "x-gitea-signature", ""),
    ("gitea", "x-hub-signature-256", "sha256="),
    ("github", "x-hub-signature-256", "sha256="),
]


@pytest.mark.parametrize("kind", HEADER)
def test_a_secret_in_the_authorization_header_is_accepted(kind: str) -> None:
    for headers in (
        bearer(SECRET),
        {"authorization": SECRET},
        basic("any", SECRET),
        {"authorization": f"bEaReR {SECRET}"},
    ):
        assert registry(kind, attempt(headers))
    for headers in (bearer("other"), bearer(SECRET + "x"), basic("any", SECRET[:-1]), basic(SECRET, ""), {}):
        assert not registry(kind, attempt(headers))


@pytest.mark.parametrize("kind", PATH)
def test_a_secret_as_the_last_part_of_the_path_is_accepted(kind: str) -> None:
    assert registry(kind, attempt(path=SECRET))
    assert not registry(kind, attempt(path=SECRET + "/"))
    assert not registry(kind, attempt(path=""))
    assert not registry(kind, attempt())


@pytest.mark.parametrize("kind", sorted(set(REGISTRY_SENDERS) - set(PATH)))
def test_other_kinds_do_not_accept_a_secret_in_the_path(kind: str) -> None:
    assert not registry(kind, attempt(path=SECRET))


@pytest.mark.parametrize("kind", sorted(set(REGISTRY_SENDERS) - set(HEADER)))
def test_other_kinds_do_not_accept_the_authorization_header(kind: str) -> None:
    assert not registry(kind, attempt(bearer(SECRET)))


@pytest.mark.parametrize(("kind", "name", "prefix", "algorithm"), SIGNED)
def test_the_signature_of_a_registry_is_valid_for_its_body_only(
    kind: str, name: str, prefix: str, algorithm: str
) -> None:
    headers = signed(name, SECRET, BODY, prefix=prefix, algorithm=algorithm)
    assert registry(kind, attempt(headers))
    assert registry(kind, attempt({name: headers[name].upper().replace("SHA256=", "sha256=")}))
    assert not registry(kind, attempt(headers, body=BODY + b" "))
    assert not registry(kind, attempt(signed(name, "other", BODY, prefix=prefix, algorithm=algorithm)))
    assert not registry(kind, attempt({name: ""}))
    assert not registry(kind, attempt({name: "sha256="}))


@pytest.mark.parametrize(("kind", "name", "prefix"), GIT_SIGNED)
def test_the_signature_of_a_git_host_is_valid_for_its_body_only(kind: str, name: str, prefix: str) -> None:
    headers = signed(name, SECRET, BODY, prefix=prefix)
    assert git(kind, attempt(headers))
    assert not git(kind, attempt(headers, body=b""))
    assert not git(kind, attempt(signed(name, "other", BODY, prefix=prefix)))


def test_jfrog_may_send_the_secret_itself() -> None:
    assert registry("artifactory", attempt({"x-jfrog-event-auth": SECRET}))
    assert not registry("artifactory", attempt({"x-jfrog-event-auth": "other"}))


def test_gitlab_sends_the_secret_itself_or_signs_as_standard_webhooks() -> None:
    assert git("gitlab", attempt({"x-gitlab-token": SECRET}))
    assert not git("gitlab", attempt({"x-gitlab-token": "other"}))
    assert git("gitlab", attempt(standard(WHSEC, BODY, NOW)), WHSEC)
    assert git("gitlab", attempt(standard(WHSEC, BODY, NOW - 300)), WHSEC)
    assert git("gitlab", attempt(standard(WHSEC, BODY, NOW + 300)), WHSEC)


@pytest.mark.parametrize(
    "changed",
    [
        standard(WHSEC, BODY, NOW - 301),
        standard(WHSEC, BODY, NOW + 301),
        standard(WHSEC, BODY + b" ", NOW),
        standard(WHSEC, BODY, NOW) | {"webhook-id": "msg_2"},
        standard(WHSEC, BODY, NOW) | {"webhook-timestamp": str(NOW + 1)},
        standard(WHSEC, BODY, NOW) | {"webhook-timestamp": "now"},
        standard(WHSEC, BODY, NOW) | {"webhook-signature": "v1"},
        standard("whsec_" + base64.b64encode(bytes(32)).decode(), BODY, NOW),
    ],
)
def test_an_old_or_changed_standard_webhook_is_not_accepted(changed: dict[str, str]) -> None:
    assert not git("gitlab", attempt(changed), WHSEC)


def test_a_key_that_is_not_base64_verifies_nothing() -> None:
    assert not git("gitlab", attempt(standard("whsec_", BODY, NOW)), "whsec_%%%")


@pytest.mark.parametrize("kind", ["azure-devops", "bitbucket-datacenter"])
def test_git_hosts_with_basic_only_send_the_secret_as_password(kind: str) -> None:
    assert git(kind, attempt(basic("hook", SECRET)))
    assert not git(kind, attempt(basic("hook", "other")))


def test_two_secrets_are_both_valid_and_an_empty_one_never_is() -> None:
    checks = REGISTRY_SENDERS["distribution"].checks
    assert is_authentic(checks, attempt(bearer("old")), (b"new", b"old"))
    assert is_authentic(checks, attempt(bearer("new")), (b"new", b"old"))
    assert not is_authentic(checks, attempt(bearer("")), (b"",))
    assert not is_authentic(checks, attempt(), ())


@given(
    st.sampled_from(sorted(REGISTRY_SENDERS)),
    st.dictionaries(
        st.sampled_from(["authorization", "x-signature", "x-hub-signature-256", "x-jfrog-event-auth", "x-nexus-webhook-signature"]),
        st.text(st.characters(max_codepoint=255), max_size=60),
    ),
    st.text(max_size=20),
)  # fmt: skip
def test_a_sender_without_the_secret_is_never_accepted(kind: str, headers: dict[str, str], path: str) -> None:
    assert not is_authentic(REGISTRY_SENDERS[kind].checks, Attempt(headers, BODY, path, NOW), (b"k" * 32,))


@given(
    st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text(st.characters(max_codepoint=255))
)
def test_a_standard_webhook_with_anything_in_a_header_raises_nothing(name: str, value: str) -> None:
    headers = standard(WHSEC, BODY, NOW)
    proved = git("gitlab", Attempt(headers | {name: value}, BODY, None, NOW), WHSEC)
    assert not proved or value == headers[name] or headers["webhook-signature"].split()[2] in value.split()
