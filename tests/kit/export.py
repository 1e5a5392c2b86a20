"""Exports in the form of `oc get is -o json`, made from a few words. JSON is YAML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.kit.world import digest

INTERNAL = "image-registry.openshift-image-registry.svc:5000"
REPOSITORY = "registry.example/app"

Object = dict[str, Any]


def docker(name: str, **policy: object) -> Object:
    """A spec tag without its name, as a server writes it."""
    return {
        "annotations": None,
        "from": {"kind": "DockerImage", "name": name},
        "generation": 3,
        "importPolicy": {"importMode": "PreserveOriginal", **policy},
        "referencePolicy": {"type": "Source"},
    }


def follows(name: str, namespace: str | None = None) -> Object:
    """A spec tag that follows."""
    space = {"namespace": namespace} if namespace else {}
    return {**docker(""), "from": {"kind": "ImageStreamTag", "name": name, **space}}


def event(image: str | None, day: int, repository: str = REPOSITORY) -> Object:
    """One event of status, with an image named by a letter; without a letter it is a reference."""
    digest_ = digest(image) if image else ""
    return {
        "created": f"2024-05-{day:02}T06:07:08Z",
        "dockerImageReference": f"{repository}@{digest_}" if image else repository,
        "generation": 3 * day,
        "image": digest_,
    }


def events(images: str, repository: str = REPOSITORY) -> list[Object]:
    """Events for the letters of a word, newest first."""
    return [event(image, len(images) - index, repository) for index, image in enumerate(images)]


def exported(
    tags: Mapping[str, Object] | None = None,
    status: Mapping[str, Sequence[Object]] | None = None,
    name: str = "app",
    namespace: str = "team-a",
) -> Object:
    """One ImageStream with the fields that a server adds."""
    return {
        "apiVersion": "image.openshift.io/v1",
        "kind": "ImageStream",
        "metadata": {
            "annotations": {
                "openshift.io/image.dockerRepositoryCheck": "2024-05-09T06:07:08Z",
                "openshift.io/display-name": "The app",
            },
            "creationTimestamp": "2024-05-01T06:07:08Z",
            "generation": 9,
            "name": name,
            "namespace": namespace,
            "resourceVersion": "40423",
            "uid": "4f0b9221-b135-47af-8378-05495bd64912",
        },
        "spec": {
            "lookupPolicy": {"local": False},
            "tags": [{"name": tag, **entry} for tag, entry in (tags or {}).items()],
        },
        "status": {
            "dockerImageRepository": f"{INTERNAL}/{namespace}/{name}",
            "tags": [{"tag": tag, "items": list(items)} for tag, items in (status or {}).items()],
        },
    }


def listed(*streams: Object) -> bytes:
    """The List that `oc get is` prints for several objects."""
    return text({"apiVersion": "v1", "items": list(streams), "kind": "List", "metadata": {"resourceVersion": ""}})


def text(value: Object) -> bytes:
    """The object as a file."""
    return json.dumps(value, indent=2).encode()
