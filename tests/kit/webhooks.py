"""Webhooks as registries and git hosts document them, and their hints."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.hint import GitHint, Hint
from reconciler.model.host import Host

DIGEST = "sha256:" + "ab" * 32
INDEX = "application/vnd.oci.image.index.v1+json"
COMMIT = "c0ffee" * 6 + "beef"


@dataclass(frozen=True, slots=True)
class RegistryEvent:
    """One event of a registry."""

    name: str
    kind: str
    value: object
    hints: tuple[Hint, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    registry: str | None = None
    repositories: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GitEvent:
    """One event of a git host."""

    name: str
    kind: str
    value: object
    hints: tuple[GitHint, ...]
    headers: Mapping[str, str] = field(default_factory=dict)


def _events(*each: dict[str, list[object]]) -> dict[str, object]:
    """Several envelopes as one."""
    return {"events": [event for envelope in each for event in envelope["events"]]}


def distribution_event(
    action: object = "push",
    repository: object = "team/app",
    tag: object = "v1",
    host: object = "registry.example:5000",
    media: object = INDEX,
    user: object = "ci",
) -> dict[str, list[object]]:
    """Distribution's envelope with one event."""
    target = {"mediaType": media, "digest": DIGEST, "size": 1, "repository": repository, "tag": tag}
    target["url"] = f"https://elsewhere.example/v2/{repository}/manifests/{DIGEST}"
    request = {"id": "q", "addr": "10.0.0.1", "host": host, "method": "PUT", "useragent": "x"}
    event = {"id": "e1", "timestamp": "2026-01-02T03:04:05Z", "action": action, "target": target, "request": request}
    return {"events": [event | {"actor": {"name": user}, "source": {"addr": "h:5000", "instanceID": "i"}}]}


def _pubsub(data: object) -> dict[str, object]:
    encoded = base64.b64encode(json.dumps(data).encode()).decode()
    return {"message": {"data": encoded, "messageId": "1"}, "subscription": "projects/p/subscriptions/s"}


_HARBOR = {
    "resources": [
        {"digest": DIGEST, "tag": "1.0", "resource_url": "harbor.example.com/team/app:1.0"},
        {"digest": DIGEST, "tag": "latest", "resource_url": "harbor.example.com/team/app:latest"},
        {"digest": DIGEST, "tag": DIGEST, "resource_url": f"harbor.example.com/team/app@{DIGEST}"},
    ],
    "repository": {"name": "app", "namespace": "team", "repo_full_name": "team/app", "repo_type": "private"},
}
_HARBOR_HINTS = tuple(Hint(Host("harbor.example.com"), "team/app", tag, "jane") for tag in ("1.0", "latest"))
_ACR = {
    "id": "1",
    "action": "push",
    "target": {"mediaType": INDEX, "digest": DIGEST, "repository": "team/app", "tag": "v1"},
    "request": {"id": "2", "host": "acme.azurecr.io", "method": "PUT"},
}
_ACR_HINT = (Hint(Host("acme.azurecr.io"), "team/app", "v1"),)
_PUSHED = "Microsoft.ContainerRegistry.ImagePushed"
_PACKAGE = {
    "package_type": "CONTAINER",
    "name": "App",
    "owner": {"login": "Acme"},
    "package_version": {"version": DIGEST, "container_metadata": {"tag": {"name": "1.0", "digest": DIGEST}}},
    "package_url": "ghcr.io/acme/app:",
}
_ECR = {
    "action-type": "PUSH",
    "result": "SUCCESS",
    "repository-name": "team/app",
    "image-digest": DIGEST,
    "image-tag": "v1",
}
_GAR = {
    "action": "INSERT",
    "digest": f"eu-docker.pkg.dev/p/r/app@{DIGEST}",
    "tag": "eu-docker.pkg.dev/p/r/app:v1",
}
_JFROG = {"repo_key": "docker-local", "image_name": "team/app", "tag": "v1", "sha256": "ab" * 32}
_NEXUS = {
    "timestamp": "2026-01-02T03:04:05Z",
    "initiator": "jane/10.0.0.1",
    "repositoryName": "docker-hosted",
    "action": "UPDATED",
    "component": {"format": "docker", "name": "team/app", "version": "v1"},
}

REGISTRY_EVENTS = (
    RegistryEvent(
        "distribution",
        "distribution",
        distribution_event(),
        (Hint(Host("registry.example:5000"), "team/app", "v1", "ci"),),
    ),
    RegistryEvent(
        "distribution with several events",
        "distribution",
        _events(distribution_event(), distribution_event(action="pull"), distribution_event(tag="v2", user="")),
        (
            Hint(Host("registry.example:5000"), "team/app", "v1", "ci"),
            Hint(Host("registry.example:5000"), "team/app", "v2"),
        ),
    ),
    RegistryEvent(
        "gitlab",
        "gitlab",
        distribution_event(),
        (Hint(Host("registry.example:5000"), "team/app", "v1", "ci"),),
    ),
    RegistryEvent(
        "docker hub",
        "dockerhub",
        {
            "callback_url": "https://registry.hub.docker.com/u/acme/app/hook/x/",
            "push_data": {"pushed_at": 1417566161, "pusher": "jane", "tag": "1.0"},
            "repository": {"repo_name": "acme/app", "repo_url": "https://registry.hub.docker.com/u/acme/app/"},
        },
        (Hint(Host("docker.io"), "acme/app", "1.0", "jane"),),
    ),
    RegistryEvent(
        "docker hub, official",
        "dockerhub",
        {"push_data": {"tag": "1"}, "repository": {"repo_name": "nginx"}},
        (Hint(Host("docker.io"), "library/nginx", "1"),),
    ),
    RegistryEvent(
        "quay",
        "quay",
        {
            "name": "app",
            "repository": "acme/app",
            "namespace": "acme",
            "docker_url": "quay.io/acme/app",
            "homepage": "https://quay.io/repository/acme/app",
            "updated_tags": ["latest", "1.0"],
        },
        (Hint(Host("quay.io"), "acme/app", "latest"), Hint(Host("quay.io"), "acme/app", "1.0")),
    ),
    RegistryEvent(
        "quay of 2013",
        "quay",
        {"docker_url": "quay.io/acme/app", "updated_tags": {"latest": "0123abcd"}},
        (Hint(Host("quay.io"), "acme/app", "latest"),),
    ),
    RegistryEvent(
        "harbor",
        "harbor",
        {"type": "PUSH_ARTIFACT", "occur_at": 1586922308, "operator": "jane", "event_data": _HARBOR},
        _HARBOR_HINTS,
    ),
    RegistryEvent(
        "harbor as a CloudEvent",
        "harbor",
        {
            "specversion": "1.0",
            "id": "1",
            "requestid": "2",
            "source": "/projects/1/webhook/policies/2",
            "type": "harbor.artifact.pushed",
            "operator": "jane",
            "data": _HARBOR,
        },
        _HARBOR_HINTS,
    ),
    RegistryEvent(
        "ghcr",
        "ghcr",
        {"action": "published", "package": _PACKAGE, "sender": {"login": "jane"}},
        (Hint(Host("ghcr.io"), "acme/app", "1.0", "jane"),),
        {"x-github-event": "package"},
    ),
    RegistryEvent(
        "ghcr, registry_package",
        "ghcr",
        {"action": "updated", "registry_package": _PACKAGE | {"package_type": "docker"}},
        (Hint(Host("ghcr.io"), "acme/app", "1.0"),),
        {"x-github-event": "registry_package"},
    ),
    RegistryEvent("acr", "acr", _ACR, _ACR_HINT),
    RegistryEvent("acr by Event Grid", "acr", [{"eventType": _PUSHED, "data": _ACR}], _ACR_HINT),
    RegistryEvent(
        "acr by Event Grid as a CloudEvent", "acr", {"specversion": "1.0", "type": _PUSHED, "data": _ACR}, _ACR_HINT
    ),
    RegistryEvent(
        "ecr",
        "ecr",
        {
            "version": "0",
            "detail-type": "ECR Image Action",
            "account": "123456789012",
            "region": "eu-west-1",
            "detail": _ECR,
        },
        (Hint(Host("123456789012.dkr.ecr.eu-west-1.amazonaws.com"), "team/app", "v1"),),
    ),
    RegistryEvent(
        "ecr in China, made a CloudEvent",
        "ecr",
        {
            "specversion": "1.0",
            "type": "com.amazon.ecr.image.push",
            "data": _ECR | {"account": "123456789012", "region": "cn-north-1"},
        },
        (Hint(Host("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"), "team/app", "v1"),),
    ),
    RegistryEvent("gar", "gar", _pubsub(_GAR), (Hint(Host("eu-docker.pkg.dev"), "p/r/app", "v1"),)),
    RegistryEvent("gar, unwrapped", "gar", _GAR, (Hint(Host("eu-docker.pkg.dev"), "p/r/app", "v1"),)),
    RegistryEvent(
        "artifactory",
        "artifactory",
        {"domain": "docker", "event_type": "pushed", "data": _JFROG},
        (Hint(Host("acme.jfrog.io"), "docker/team/app", "v1"),),
        registry="acme.jfrog.io",
        repositories=(("docker-local", "docker"),),
    ),
    RegistryEvent(
        "old artifactory, not mapped",
        "artifactory",
        {"domain": "docker", "event_type": "promoted", **_JFROG},
        (Hint(Host("acme.jfrog.io"), "docker-local/team/app", "v1"),),
        registry="acme.jfrog.io",
    ),
    RegistryEvent(
        "nexus",
        "nexus",
        _NEXUS,
        (Hint(Host("nexus.example.com:8082"), "team/app", "v1", "jane/10.0.0.1"),),
        registry="nexus.example.com:8082",
    ),
    RegistryEvent(
        "nexus by path",
        "nexus",
        _NEXUS,
        (Hint(Host("nexus.example.com"), "docker/team/app", "v1", "jane/10.0.0.1"),),
        registry="nexus.example.com",
        repositories=(("docker-hosted", "docker"),),
    ),
    RegistryEvent(
        "zot",
        "zot",
        {
            "specversion": "1.0",
            "source": "zotregistry.dev",
            "type": "zotregistry.image.updated",
            "data": {"name": "team/app", "reference": "v1", "digest": DIGEST, "mediaType": INDEX},
        },
        (Hint(Host("zot.example.com"), "team/app", "v1"),),
        registry="zot.example.com",
    ),
    RegistryEvent(
        "zot with the event in headers",
        "zot",
        {"name": "team/app", "reference": "v1", "digest": DIGEST},
        (Hint(Host("zot.example.com"), "team/app", "v1"),),
        {"ce-type": "zotregistry.image.updated", "ce-source": "zotregistry.dev"},
        registry="zot.example.com",
    ),
    RegistryEvent(
        "generic",
        "generic",
        {"image": "quay.io/acme/app:1.0", "pusher": "ci"},
        (Hint(Host("quay.io"), "acme/app", "1.0", "ci"),),
    ),
    RegistryEvent(
        "generic with several",
        "generic",
        {"images": ["nginx:1", f"quay.io/acme/app@{DIGEST}"]},
        (Hint(Host("docker.io"), "library/nginx", "1"), Hint(Host("quay.io"), "acme/app")),
    ),
)

_GITHUB = {"ref": "refs/heads/main", "before": "a" * 40, "after": COMMIT, "deleted": False, "forced": False}
_MAIN = (GitHint("main", COMMIT),)
_AZURE = {"name": "refs/heads/main", "oldObjectId": "a" * 40, "newObjectId": COMMIT}

GIT_EVENTS = (
    GitEvent("github", "github", _GITHUB, _MAIN, {"x-github-event": "push"}),
    GitEvent(
        "github, deleted",
        "github",
        _GITHUB | {"after": "0" * 40, "deleted": True},
        (GitHint("main"),),
        {"x-github-event": "push"},
    ),
    GitEvent(
        "gitlab",
        "gitlab",
        {"object_kind": "push", "checkout_sha": COMMIT, **_GITHUB},
        _MAIN,
        {"x-gitlab-event": "Push Hook"},
    ),
    GitEvent("gitea", "gitea", _GITHUB, _MAIN, {"x-gitea-event": "push", "x-github-event": "push"}),
    GitEvent("forgejo", "forgejo", _GITHUB, _MAIN, {"x-forgejo-event": "push", "x-gitea-event": "push"}),
    GitEvent(
        "bitbucket",
        "bitbucket",
        {
            "push": {
                "changes": [
                    {"new": {"type": "branch", "name": "main", "target": {"hash": COMMIT}}, "old": None},
                    {"new": None, "old": {"type": "branch", "name": "gone", "target": {"hash": COMMIT}}},
                    {"new": {"type": "tag", "name": "v1", "target": {"hash": COMMIT}}, "old": None},
                ]
            }
        },
        (GitHint("main", COMMIT), GitHint("gone")),
        {"x-event-key": "repo:push"},
    ),
    GitEvent(
        "bitbucket data center",
        "bitbucket-datacenter",
        {
            "eventKey": "repo:refs_changed",
            "changes": [
                {"ref": {"id": "refs/heads/main"}, "fromHash": "a" * 40, "toHash": COMMIT, "type": "UPDATE"},
                {"ref": {"id": "refs/tags/v1"}, "toHash": COMMIT, "type": "ADD"},
            ],
        },
        _MAIN,
        {"x-event-key": "repo:refs_changed"},
    ),
    GitEvent("azure devops", "azure-devops", {"eventType": "git.push", "resource": {"refUpdates": [_AZURE]}}, _MAIN),
    GitEvent("generic", "generic", {"branch": "main", "commit": COMMIT}, _MAIN),
    GitEvent("generic without a word", "generic", None, (GitHint(),)),
)
