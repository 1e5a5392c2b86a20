"""Targets: one for each parser of bytes that others write, with seeds to begin from.

A target accepts only the errors that its parser promises, and checks what holds for every value.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from reconciler.demo.image import OCI, TinyImage, build_image, build_index
from reconciler.documents.edit.target.image_field import FieldEditError, Place, write_fields
from reconciler.documents.read.document import read_documents
from reconciler.errors import DocumentError, InputError, RemoteError
from reconciler.model.config import Config
from reconciler.model.duration import seconds
from reconciler.model.hint import Receiver
from reconciler.model.host import Host
from reconciler.model.name import IstagName
from reconciler.model.redaction import redact
from reconciler.model.reference import InvalidReferenceError, Reference
from reconciler.notify.answer import outcome_of
from reconciler.notify.outcome import Delivered
from reconciler.planning.trailers import parse
from reconciler.reading.declare import declare
from reconciler.reading.owned_file import read_config, read_history, read_hold, read_installation
from reconciler.registry.challenge import parse_challenges, usable_challenge
from reconciler.registry.cloud.aws import exchange_for as amazon
from reconciler.registry.cloud.token_exchange import Environment, LoginRequest
from reconciler.registry.credentials.auth_file import parse_auth_file
from reconciler.registry.credentials.pull_secret import match
from reconciler.registry.listing import LinkError, next_query
from reconciler.registry.manifest import MEDIA_TYPES, Manifest, ManifestError, ManifestKind, parse_manifest
from reconciler.registry.metadata import describe
from reconciler.registry.rate_limit import rate_limit_of, too_many_requests, used_up
from reconciler.registry.registries_conf_file import parse_registries_conf
from reconciler.registry.token import parse_token
from reconciler.server.hooks.payload import PayloadError, read_payload
from reconciler.server.hooks.registry.acr import validation_response
from reconciler.server.hooks.senders import GIT_SENDERS, REGISTRY_SENDERS, git_hints, registry_hints
from reconciler.transport.guard import check_realm, check_redirect
from reconciler.transport.message import HttpResponse
from tests.kit.clock import START
from tests.kit.webhooks import REGISTRY_EVENTS

HOME = "https://registry.example.com/v2/"
NAME = IstagName("team-a", "app", "prod")
MARKED = b"""\
image: >- # {"$imagestream": "team-a/app:prod"}
  a:1
b: {c: &x 'd', # {"$imagestream": "app:prod", "part": "tag"}
  e: *x}
---
- |
  # {"$imagestream": "a:b"}
- f # {"$imagestream": "a:b"}
"""
_TYPES = (*MEDIA_TYPES, "", "application/json", "text/html")
_DIGEST = "sha256:" + "1" * 64
CLOUD = (
    b'token\nrole\n{"AccessKeyId": "a", "SecretAccessKey": "s", "Token": "t"}\n'
    b'{"authorizationData": {"authorizationToken": "QVdTOnB3", "expiresAt": 1795424400}}'
)


@dataclass(frozen=True)
class Target:
    """A parser, and the seeds to begin with."""

    feed: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def _text(data: bytes) -> str:
    """A header as the transport gives it."""
    return data.decode("latin-1")


def _manifest(data: bytes) -> None:
    kind, body = _TYPES[(data[:1] or b"\0")[0] % len(_TYPES)], data[1:]
    with suppress(ManifestError):
        manifest = parse_manifest(body, kind)
        _writable(repr(describe((manifest,), None)))


def _config_blob(data: bytes) -> None:
    _writable(repr(describe((Manifest(ManifestKind.IMAGE),), data)))


def _writable(text: str) -> None:
    """Every text from JSON can be put into a commit."""
    text.encode("utf-8")


def _link(data: bytes) -> None:
    with suppress(LinkError):
        query = next_query(_text(data))
        if query is not None and not (query.isascii() and query.isprintable() and " " not in query):
            raise AssertionError(f"{query!r} is no query")


def _challenge(data: bytes) -> None:
    parse_challenges(_text(data))
    found = usable_challenge(_text(data))
    if found is not None and found.scheme not in {"basic", "bearer"}:
        raise AssertionError(f"{found.scheme!r} is nothing that we can answer")


def _token(data: bytes) -> None:
    token = parse_token(data, 0.0, START)
    if token is not None and not (token.text.isprintable() and token.expires > 0):
        raise AssertionError("a token that no header can carry")


def _limits(data: bytes) -> None:
    names = ("ratelimit-remaining", "ratelimit-limit", "ratelimit-reset", "retry-after")
    response = HttpResponse(429, dict(zip(names, _text(data).split("\n"), strict=False)), url=HOME)
    allowance = rate_limit_of(response, START)
    if allowance is not None:
        str(used_up("h", allowance, START))
    str(too_many_requests(response, START))


def _sink_answer(data: bytes) -> None:
    """The status, `Retry-After` and the body of a sink's answer, each on its line."""
    secret = "s3cr3t-" * 4
    status, pause, body = (data + b"\n\n").split(b"\n", 2)
    number = int(status) if status.isdigit() and len(status) == 3 else 429
    headers = {"retry-after": pause.decode("latin-1")}
    response = HttpResponse(number, headers, body + secret.encode(), "https://h.example/x")
    outcome = outcome_of(response, START, (secret,))
    if not isinstance(outcome, Delivered):
        _writable(outcome.message)
        if secret in outcome.message:
            raise AssertionError("a secret is shown")


def _redirect(data: bytes) -> None:
    url = _text(data)
    with suppress(RemoteError):
        check_redirect(url, previous=HOME, registry=HOME)
    with suppress(RemoteError):
        check_realm(url, registry=HOME)


def _redaction(data: bytes) -> None:
    secret = "s3cr3t-" * 4
    if secret in redact(f"{_text(data)} Authorization: Bearer {secret}"):
        raise AssertionError("a secret is shown")


def _docker_config(data: bytes) -> None:
    for bare in (False, True):
        with suppress(InputError):
            auths = parse_auth_file(data, "c", bare=bare).auths
            auths.for_repository(Host("quay.io"), "a/b")
            match(auths, Host("quay.io"), "a/b")


def _cloud(data: bytes) -> None:
    """The answers of a metadata server and of ECR, one on each line."""
    found = amazon(
        LoginRequest("public.ecr.aws", "https://public.ecr.aws", opted_in=True), Environment({}, lambda: START)
    )
    if found is None:
        raise AssertionError("the installation says so")
    flow = found.flow()
    url = next(flow).url
    with suppress(RemoteError, StopIteration):
        for line in (data + b"\n" * 9).split(b"\n")[:9]:
            url = flow.send(HttpResponse(200, {}, line, url)).url


def _registries_conf(data: bytes) -> None:
    with suppress(InputError):
        parse_registries_conf(data, "r.conf").pull_sources(Host("quay.io"), "a/b", "1")


def _reference(data: bytes) -> None:
    with suppress(InvalidReferenceError):
        text = data.decode("utf-8", "replace")
        if str(Reference.parse(text)) != text:
            raise AssertionError("printed otherwise than it was written")


def _duration(data: bytes) -> None:
    with suppress(InputError):
        seconds(data.decode("utf-8", "replace"))


def _trailers(data: bytes) -> None:
    parse(data.decode("utf-8", "replace"))


def _loader(file: str) -> Callable[[bytes], None]:
    def feed(data: bytes) -> None:
        with suppress(DocumentError):
            read_documents(data, file)

    return feed


def _reader(read: Callable[[bytes, str, IstagName], Any]) -> Callable[[bytes], None]:
    def feed(data: bytes) -> None:
        with suppress(DocumentError):
            read(data, "f.yaml", NAME)

    return feed


def _declarations(data: bytes) -> None:
    for file in ("a.yaml", "a.json"):
        declared = declare({file: data}, Config())
        _writable("".join(str(finding) for finding in declared.findings))


def _image_fields(data: bytes) -> None:
    for file in ("a.yaml", "a.json"):
        places: dict[Place, str] = {
            (each.document, each.path): "a:1" for each in declare({file: data}, Config()).fields
        }
        with suppress(FieldEditError):
            write_fields(data, file, {(0, ("image",)): "1.10"} | places)


def _configuration(data: bytes) -> None:
    for read in (read_config, read_installation):
        _, findings = read(data, "f.yaml")
        _writable("".join(str(finding) for finding in findings))


IMAGE, INDEX = build_image(TinyImage()), build_index({"linux/amd64": build_image(TinyImage())}, OCI)
STREAM = b"""apiVersion: image.openshift.io/v1
kind: ImageStream
metadata: {name: app, namespace: team-a}
spec:
  tags:
  - name: "1"  # a comment
    from: {kind: DockerImage, name: quay.io/a/b:1}
    importPolicy: {scheduled: true}
  - &x
    name: prod
    from: {kind: ImageStreamTag, name: app:1}
"""
WORKLOADS = rb"""apiVersion: image.openshift.io/v1
kind: ImageStream
metadata: {name: app, namespace: team-a}
spec: {lookupPolicy: {local: true}, tags: [{name: prod}]}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  namespace: team-a
  annotations:
    alpha.image.policy.openshift.io/resolve-names: "*"
    image.openshift.io/triggers: >-
      [{"from": {"kind": "ImageStreamTag", "name": "app:prod"}, "fieldPath":
      "spec.template.spec.containers[?(@.name==\"app\")].image", "paused": true}]
spec: {template: {spec: {containers: [{name: app}, {name: side, image: "app:prod"}]}}}
---
apiVersion: apps.openshift.io/v1
kind: DeploymentConfig
spec:
  triggers:
  - type: ImageChange
    imageChangeParams: {automatic: true, containerNames: [a], from: {kind: ImageStreamTag, name: app:prod}, lastTriggeredImage: ""}
  template: {spec: {containers: [{name: a, image: " "}]}}
---
apiVersion: build.openshift.io/v1
kind: BuildConfig
spec:
  strategy: {sourceStrategy: {from: {kind: ImageStreamTag, name: app:prod}}}
  triggers: [{type: ImageChange, imageChange: {lastTriggeredImageID: x}}]
"""
HISTORY = f"""apiVersion: reconciler/v1alpha1
kind: TagHistory
metadata: {{namespace: team-a, name: app:prod}}
items:
- image: {_DIGEST}
  dockerImageReference: quay.io/a/b@{_DIGEST}
  created: "2026-11-23T08:00:00Z"
  generation: 1
  from: {{kind: DockerImage, name: quay.io/a/b:1}}
  cause: declared
""".encode()
HOLD = f"""apiVersion: reconciler/v1alpha1
kind: TagHold
metadata: {{namespace: team-a, name: app:prod}}
held:
- image: {_DIGEST}
  commit: {"1" * 40}
  from: {{kind: DockerImage, name: quay.io/a/b:1}}
""".encode()
CONF = b"""[[registry]]
prefix = "quay.io/a"
location = "mirror.example.com:5000/x"
blocked = false
[[registry.mirror]]
location = "m.example.com"
insecure = true
pull-from-mirror = "all"
"""
MESSAGE = f"""Tag team-a/app:prod as sha256:111111111111

quay.io/a/b:1 now is sha256:111111111111.

Tag: team-a/app:prod
Image: {_DIGEST}
Previous-Image: none
Source: DockerImage quay.io/a/b:1
Cause: declared
Requested-By: Jane Doe <jane@example.com>
Requested-In: {"1" * 40}
""".encode()
LIST = b'{"kind": "List", "apiVersion": "v1", "items": [{"kind": "ImageStream", "apiVersion": "v1", "metadata": {"name": "a"}}]}'
CONFIG = b"apiVersion: reconciler/v1alpha1\nkind: Config\nspec: {schedule: {interval: 15m}, limits: {history: 20}}\n"
SINKS = b"""apiVersion: reconciler/v1alpha1
kind: Config
spec: {sinks: [{name: a, url: "https://h/", options: {mode: x}}, {name: a, kind: gitlab}, {kind: slack, secret: s}]}
"""


def _webhook(data: bytes) -> None:
    """The first byte chooses the sender's kind."""
    kinds = sorted(REGISTRY_SENDERS)
    receiver = Receiver("r", kinds[data[0] % len(kinds)] if data else "generic", "s", Host("r.example.com"))
    headers = {"x-github-event": "push", "x-gitlab-event": "Push Hook", "x-gitea-event": "push"}
    with suppress(PayloadError):
        payload = read_payload(headers, data[1:])
        validation_response(payload)
        for kind in GIT_SENDERS:
            with suppress(PayloadError):
                git_hints(payload, Receiver("r", kind, "s"))
        for hint in registry_hints(payload, receiver):
            assert str(Reference.parse(f"{hint.host}/{hint.repository}")) == f"{hint.host}/{hint.repository}"


TARGETS: dict[str, Target] = {
    "manifest": Target(_manifest, (b"\1" + IMAGE.manifest,)),
    "index": Target(_manifest, (b"\0" + INDEX.manifest,)),
    "config-blob": Target(_config_blob, (IMAGE.blobs[0],)),
    "link": Target(
        _link, (b'</v2/a/tags/list?n=100&last=1>; rel="next"', b"/v2/a/tags/list?n=1; rel=next, <x>; rel=prev")
    ),
    "challenge": Target(
        _challenge, (b'Bearer realm="https://a.example.com/t",service="r",scope="repository:a:pull", Basic realm="g"',)
    ),
    "token": Target(
        _token, (b'{"token": "t", "access_token": "t", "expires_in": 300, "issued_at": "2026-11-23T08:00:00Z"}',)
    ),
    "limits": Target(_limits, (b"0;w=21600\n100;w=21600\n1790000000\nMon, 23 Nov 2026 08:00:09 GMT", b"0\n1\n5\n7")),
    "webhook": Target(
        _webhook,
        tuple(
            bytes([sorted(REGISTRY_SENDERS).index(case.kind)]) + json.dumps(case.value).encode()
            for case in REGISTRY_EVENTS
        ),
    ),
    "sink-answer": Target(
        _sink_answer, (b'429\n7\n{"retry_after_ms": 1e3}', b"400\nMon, 23 Nov 2026 08:00:09 GMT\n<html>")
    ),
    "redirect": Target(
        _redirect, (b"https://cdn.example.com:443/x?y#z", b"http://[::ffff:127.0.0.1]:80/", b"http://0x7f.1/")
    ),
    "redaction": Target(_redaction, (b"https://u:p@h/x?token=1 password: secret",)),
    "docker-config": Target(
        _docker_config, (b'{"auths": {"https://quay.io/v1/": {"auth": "YTpi", "identitytoken": "t"}}}',)
    ),
    "cloud": Target(_cloud, (CLOUD,)),
    "registries-conf": Target(_registries_conf, (CONF,)),
    "reference": Target(_reference, (b"localhost:5000/a/b:1@" + _DIGEST.encode(), b"[::1]:5000/a", b"nginx")),
    "duration": Target(_duration, (b"1h30m5s",)),
    "trailers": Target(_trailers, (MESSAGE,)),
    "yaml": Target(_loader("f.yaml"), (STREAM, HISTORY, b"a: &x [*x, |\n  t]\n--- !!set {a, b}\n")),
    "json": Target(_loader("f.json"), (LIST, b'\t{"a": [1.5e3, true, null, "\\ud800"]}')),
    "image-fields": Target(_image_fields, (MARKED, WORKLOADS, b'{"image": null}')),
    "declarations": Target(_declarations, (STREAM, LIST, WORKLOADS)),
    "history": Target(_reader(read_history), (HISTORY,)),
    "hold": Target(_reader(read_hold), (HOLD,)),
    "configuration": Target(
        _configuration,
        (
            CONFIG,
            SINKS,
            b"kind: Installation\napiVersion: reconciler/v1alpha1\nspec: {registries: [{prefix: quay.io, requestLimit: 1/1h}]}\n",
        ),
    ),
}
"""By name."""
