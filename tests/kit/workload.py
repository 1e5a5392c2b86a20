"""Workloads for tests: manifests whose images follow an istag, and the values that they have."""

from __future__ import annotations

import json

from reconciler.model.image_field import ImageField
from reconciler.model.name import IstagName
from tests.kit.branch import PROD, Branch
from tests.kit.world import digest

APP = "apps/app.yaml"


def pull_spec(letter: str) -> str:
    """The pull spec of an image of the `Shelf`."""
    return f"registry.example/app@{digest(letter)}"


def trigger(container: str, istag: IstagName, *, paused: bool = False) -> dict[str, object]:
    """A trigger of the annotation `image.openshift.io/triggers`."""
    found: dict[str, object] = {
        "from": {"kind": "ImageStreamTag", "name": f"{istag.stream}:{istag.tag}", "namespace": istag.namespace},
        "fieldPath": f'spec.template.spec.containers[?(@.name=="{container}")].image',
    }
    return {**found, "paused": True} if paused else found


def deployment(
    images: dict[str, str],
    triggers: dict[str, IstagName] | None = None,
    *,
    name: str = "app",
    paused: bool = False,
    replicas: int = 1,
) -> str:
    """A Deployment in YAML, from the images of its containers and the istags that some of them follow."""
    rules = json.dumps([trigger(each, istag, paused=paused) for each, istag in (triggers or {}).items()])
    annotations = f"\n  annotations:\n    image.openshift.io/triggers: '{rules}'" if triggers else ""
    containers = "".join(
        f'      - name: {each}\n        image: "{image}"  # {each}\n' for each, image in images.items()
    )
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: team-a{annotations}\n"
        f"spec:\n  replicas: {replicas}\n  template:\n    spec:\n      containers:\n{containers}"
    )


def follows(image: str, istag: IstagName = PROD, *, paused: bool = False, replicas: int = 1) -> str:
    """A Deployment with one container that follows an istag."""
    return deployment({"app": image}, {"app": istag}, paused=paused, replicas=replicas)


def fields(branch: Branch) -> dict[str, ImageField]:
    """The image fields of HEAD by name."""
    return {each.name: each for each in branch.snapshot().declarations.fields}


def values(branch: Branch) -> list[str | None]:
    """The values of the image fields of HEAD, in file order."""
    return [each.value for each in branch.snapshot().declarations.fields]


def write(branch: Branch, content: str, path: str = APP, message: str = "A person's commit") -> str:
    """Commit a file as a person does."""
    return branch.git.commit({path: content}, message)
