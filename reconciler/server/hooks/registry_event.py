"""Registry events: from what each kind of registry posts to hints. Pure, one function a kind, in one table.

Only what says that something was pushed gives a hint; pulls, deletions, scans, pings and kinds of events that nobody
knows give none and are accepted all the same: distribution sends again, and sends nothing else, until it gets a 2xx.
Deletions change nothing here: a tag that is gone from the registry stays where it was.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from reconciler.model.hint import Hint, Receiver, claim, hint_of
from reconciler.model.host import DEFAULT_HOST
from reconciler.model.plain import items, mapping, text
from reconciler.model.reference import InvalidReferenceError, Reference
from reconciler.server.hooks.payload import Payload, PayloadError, read_json

Parse = Callable[[Payload, Receiver], Iterator[Hint | None]]
_IMAGE_TYPE: Final = re.compile(r"application/vnd\.(?:oci\.image|docker\.distribution)\.(?:manifest|index).*", re.ASCII)
_ACCOUNT: Final = re.compile(r"[0-9]{12}", re.ASCII)
_REGION: Final = re.compile(r"[a-z0-9-]{4,32}", re.ASCII)
_CODE: Final = re.compile(r"[A-Za-z0-9-]{1,128}", re.ASCII)
_VALIDATION: Final = "Microsoft.EventGrid.SubscriptionValidationEvent"
_MAX_HINTS: Final = 1_000
"""Of one event; a sender of more is better looked at as a whole at the next interval."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """Event Grid asks whether we want its events; this is the answer."""

    code: str


def registry_hints(payload: Payload, receiver: Receiver) -> tuple[Hint, ...]:
    """The hints of an event, each once, in its order; of a tag that several pushed it is not said who.

    Raises `PayloadError` where the body cannot be such an event.
    """
    found: dict[Hint, Hint] = {}
    for hint in PARSERS[receiver.kind](payload, receiver):
        if hint is not None and (hint in found or len(found) < _MAX_HINTS):
            earlier = found.setdefault(hint, hint)
            found[hint] = earlier if earlier.pusher == hint.pusher else replace(hint, pusher=None)
    return tuple(found.values())


def handshake(payload: Payload) -> Handshake | None:
    """The answer to Event Grid's `SubscriptionValidationEvent`; its `validationUrl` is not followed."""
    for event in map(mapping, items(payload.value)):
        code = text(mapping(event.get("data")).get("validationCode"))
        if event.get("eventType") == _VALIDATION and _CODE.fullmatch(code):
            return Handshake(code)
    return None


def _distribution(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """Distribution's notifications; GitLab's and ACR's, who send one event without the envelope, too."""
    body = _object(payload)
    for event in map(mapping, items(body.get("events")) or [body]):
        yield _distribution_event(event, receiver)


def _distribution_event(event: Mapping[str, object], receiver: Receiver) -> Hint | None:
    target = mapping(event.get("target"))
    tag = text(target.get("tag"))
    media = text(target.get("mediaType"))
    if event.get("action") != "push" or not tag or (media and not _IMAGE_TYPE.fullmatch(media)):
        return None  # blobs are pushed too, and manifests by digest, before the index that has the tag
    host = text(mapping(event.get("request")).get("host"))
    pusher = claim(mapping(event.get("actor")).get("name"))
    return _hint(receiver, host, text(target.get("repository")), tag, pusher)


def _acr(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """The registry's own webhook, or Event Grid in both of its schemas."""
    if isinstance(payload.value, list):
        for event in map(mapping, payload.value):
            yield _acr_event(text(event.get("eventType")) or text(event.get("type")), event.get("data"), receiver)
        return
    kind, data = payload.event
    if kind:
        yield _acr_event(kind, data, receiver)
    else:
        yield from _distribution(payload, receiver)


def _acr_event(kind: str, data: object, receiver: Receiver) -> Hint | None:
    if kind != "Microsoft.ContainerRegistry.ImagePushed":
        return None
    return _distribution_event({**mapping(data), "action": "push"}, receiver)


def _dockerhub(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    body = _object(payload)
    push = mapping(body.get("push_data"))
    name = text(mapping(body.get("repository")).get("repo_name"))
    yield _hint(receiver, DEFAULT_HOST, name, text(push.get("tag")), claim(push.get("pusher")))


def _quay(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """`updated_tags` is a list, in the oldest form a mapping from tag to image."""
    body = _object(payload)
    host, _, repository = text(body.get("docker_url")).partition("/")
    updated = body.get("updated_tags")
    for tag in list(updated) if isinstance(updated, dict | list) else []:
        if isinstance(tag, str) and tag:
            yield _hint(receiver, host, repository, tag)


def _harbor(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """Both formats: Harbor's own, and CloudEvents with its `event_data` as data."""
    body = _object(payload)
    kind, data = payload.event
    if (kind or text(body.get("type"))) not in {"PUSH_ARTIFACT", "harbor.artifact.pushed"}:
        return
    if not kind:
        data = mapping(body.get("event_data"))
    name = text(mapping(data.get("repository")).get("repo_full_name"))
    pusher = claim(body.get("operator")) or claim(payload.headers.get("ce-operator"))
    for resource in map(mapping, items(data.get("resources"))):
        host = text(resource.get("resource_url")).partition("/")[0]  # HOST/NAME:TAG; a text, and never fetched
        tag = text(resource.get("tag"))
        if tag and not tag.startswith("sha256:"):
            yield _hint(receiver, host, name, tag, pusher)


def _ghcr(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """`package` or `registry_package`; every child of an index is a push of its own, without a tag."""
    body = _object(payload)
    package = mapping(body.get("package")) or mapping(body.get("registry_package"))
    if text(body.get("action")) not in {"published", "updated"}:
        return
    if text(package.get("package_type")).lower() not in {"container", "docker"}:
        return
    owner = text(mapping(package.get("owner")).get("login")) or text(package.get("namespace"))
    metadata = mapping(mapping(package.get("package_version")).get("container_metadata"))
    tag = text(mapping(metadata.get("tag")).get("name"))
    pusher = claim(mapping(body.get("sender")).get("login"))
    if tag:
        yield _hint(receiver, "ghcr.io", f"{owner}/{text(package.get('name'))}".lower(), tag, pusher)


def _ecr(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """EventBridge's event as it is, or made a CloudEvent by an input transformer."""
    body = _object(payload)
    _, data = payload.event
    detail = mapping(body.get("detail")) or data
    account, region = (text(body.get(key)) or text(data.get(key)) for key in ("account", "region"))
    if (detail.get("action-type"), detail.get("result")) != ("PUSH", "SUCCESS"):
        return
    host = ""
    if _ACCOUNT.fullmatch(account) and _REGION.fullmatch(region):
        end = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        host = f"{account}.dkr.ecr.{region}.{end}"
    tag = text(detail.get("image-tag"))
    if tag:
        yield _hint(receiver, host, text(detail.get("repository-name")), tag)


def _gar(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """Pub/Sub's push, with the message wrapped (base64) or not."""
    body = _object(payload)
    message = mapping(body.get("message"))
    data: Mapping[str, object] = mapping(_decoded(text(message.get("data")))) if message else body
    if data.get("action") != "INSERT" or not text(data.get("tag")):
        return
    yield _pull_spec(receiver, text(data.get("tag")))


def _decoded(data: str) -> object:
    try:
        return read_json(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError) as error:
        raise PayloadError("message.data is no base64.") from error


def _artifactory(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """Old versions send what others have in `data` at the top."""
    body = _object(payload)
    data = mapping(body.get("data")) or body
    if body.get("domain") != "docker" or text(body.get("event_type")) not in {"pushed", "promoted"}:
        return
    local = text(data.get("repo_key"))
    name = dict(receiver.repositories).get(local, local)
    if text(data.get("tag")):
        yield _hint(receiver, "", _joined(name, text(data.get("image_name"))), text(data.get("tag")))


def _nexus(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """A repository has a port or a host of its own, so that its name is no part of the image's unless told."""
    body = _object(payload)
    component = mapping(body.get("component"))
    if text(body.get("action")) not in {"CREATED", "UPDATED"} or component.get("format") != "docker":
        return
    prefix = dict(receiver.repositories).get(text(body.get("repositoryName")), "")
    pusher = claim(body.get("initiator"))
    if text(component.get("version")):
        yield _hint(receiver, "", _joined(prefix, text(component.get("name"))), text(component.get("version")), pusher)


def _zot(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    _object(payload)
    kind, data = payload.event
    tag = text(data.get("reference"))
    if kind == "zotregistry.image.updated" and tag and ":" not in tag:
        yield _hint(receiver, "", text(data.get("name")), tag)


def _generic(payload: Payload, receiver: Receiver) -> Iterator[Hint | None]:
    """`{"image": "HOST/NAME:TAG"}` or `images`, a list of them, and `pusher`: what a CI job sends after its push."""
    body = _object(payload)
    named = [body["image"]] if "image" in body else items(body.get("images"))
    if not named:
        raise PayloadError('the body names no image. Send {"image": "registry.example.com/team/app:1.0"}.')
    for spec in named:
        yield _pull_spec(receiver, text(spec), claim(body.get("pusher")))


def _pull_spec(receiver: Receiver, spec: str, pusher: str | None = None) -> Hint | None:
    try:
        reference = Reference.parse(spec)
    except InvalidReferenceError as error:
        raise PayloadError("the body names an image that is no pull spec.") from error
    return Hint(receiver.registry or reference.host, reference.repository, reference.tag, pusher)


def _object(payload: Payload) -> Mapping[str, object]:
    if not isinstance(payload.value, dict):
        raise PayloadError("the body is no JSON object.")
    return payload.value


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}/{name}" if prefix else name


def _hint(receiver: Receiver, host: str, repository: str, tag: str, pusher: str | None = None) -> Hint | None:
    """The hint, at the receiver's registry if it names one; None where there is no registry to look at."""
    where = receiver.registry or host
    return hint_of(where, repository, tag or None, pusher) if where and repository else None


PARSERS: Final[Mapping[str, Parse]] = {
    "acr": _acr,
    "artifactory": _artifactory,
    "distribution": _distribution,
    "dockerhub": _dockerhub,
    "ecr": _ecr,
    "gar": _gar,
    "generic": _generic,
    "ghcr": _ghcr,
    "gitlab": _distribution,
    "harbor": _harbor,
    "nexus": _nexus,
    "quay": _quay,
    "zot": _zot,
}
"""By the receiver's kind."""

NEED_REGISTRY: Final = frozenset({"artifactory", "nexus", "zot"})
"""Kinds whose events never say which registry they are about."""
