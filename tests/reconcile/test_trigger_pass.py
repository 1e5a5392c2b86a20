"""Passes over workloads with triggers: what is written into Deployments, DeploymentConfigs and BuildConfigs."""

from __future__ import annotations

import json

import pytest

from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import to_plain
from tests.kit.branch import ONE, OTHER, Branch, docker
from tests.kit.git import GitKit
from tests.kit.workload import APP, pull_spec, write

A, B = pull_spec("a"), pull_spec("b")
CONFIG = """\
apiVersion: apps.openshift.io/v1
kind: DeploymentConfig
metadata: {name: web, namespace: team-a}
spec:
  triggers:
  - type: ConfigChange
  - type: ImageChange
    imageChangeParams:  # the first
      automatic: true
      containerNames: [web, setup]
      from: {kind: ImageStreamTag, name: "app:prod"}
      lastTriggeredImage: ""
  - {type: ImageChange, imageChangeParams: {automatic: true, containerNames: [side], from: {kind: ImageStreamTag, name: 'app:dev'}}}
  template:
    spec:
      initContainers:
      - {name: setup}
      containers:
      - name: web
        image: " "
      - name: side
"""
BUILD = """\
apiVersion: build.openshift.io/v1
kind: BuildConfig
metadata: {name: web, namespace: team-a}
spec:
  strategy: {sourceStrategy: {from: {kind: ImageStreamTag, name: "app:prod"}}}
  triggers:
  - type: ImageChange
    imageChange: {lastTriggeredImageID: ''}  # kept
  - {type: ImageChange, imageChange: {lastTriggeredImageID: mine, paused: true, from: {kind: ImageStreamTag, name: "app:dev"}}}
"""


@pytest.fixture
def two(kit: GitKit) -> Branch:
    """A branch with two istags, of which one has an image."""
    branch = Branch(kit.repository())
    branch.start({"prod": docker(ONE), "dev": docker(OTHER)})
    branch.put("a")
    branch.run()
    return branch


def plain(branch: Branch, path: str = APP) -> list[object]:
    data = (branch.git.path / path).read_bytes()
    return [to_plain(document.root) for document in read_documents(data, path)]


def text(branch: Branch) -> str:
    return (branch.git.path / APP).read_text(encoding="utf-8")


def test_a_deployment_config_is_written_once_all_its_istags_have_an_image(two: Branch) -> None:
    write(two, CONFIG)
    two.run()
    assert text(two) == CONFIG
    two.put("b", OTHER)
    two.run()
    assert two.run().commits == ()
    (found,) = plain(two)
    assert isinstance(found, dict)
    pod = found["spec"]["template"]["spec"]
    assert pod["initContainers"] == [{"name": "setup", "image": A}]
    assert pod["containers"] == [{"name": "web", "image": A}, {"name": "side", "image": B}]
    assert found["spec"]["triggers"][1]["imageChangeParams"]["lastTriggeredImage"] == A
    assert "lastTriggeredImage" not in found["spec"]["triggers"][2]["imageChangeParams"]
    assert "imageChangeParams:  # the first" in text(two)
    assert two.verify().breaks == []


def test_a_build_config_keeps_the_image_where_it_has_the_key(two: Branch) -> None:
    two.put("b", OTHER)
    write(two, BUILD)
    two.run()
    assert text(two) == BUILD.replace("lastTriggeredImageID: ''}", f"lastTriggeredImageID: '{A}'}}")
    assert two.verify().breaks == []


def entry(path: str, name: str = "app:prod") -> dict[str, object]:
    return {"from": {"kind": "ImageStreamTag", "name": name}, "fieldPath": path}


@pytest.mark.parametrize("container", [{"name": "app"}, {"name": "app", "image": None}, {"name": "app", "image": " "}])
@pytest.mark.parametrize("kind", ["Pod", "Fleet"])
def test_a_missing_image_is_added_to_any_kind_in_json(two: Branch, container: dict[str, object], kind: str) -> None:
    annotations = {"image.openshift.io/triggers": json.dumps([entry('spec.containers[?(@.name=="app")].image')])}
    metadata = {"name": "web", "namespace": "team-a", "annotations": annotations}
    found = {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": {"containers": [container]}}
    write(two, json.dumps(found, indent=1), "w.json")
    two.run()
    assert plain(two, "w.json") == [{**found, "spec": {"containers": [{"name": "app", "image": A}]}}]
    assert two.run().commits == ()
    assert two.verify().breaks == []


def test_an_object_that_is_twice_in_a_list_of_the_second_document_is_written_twice(two: Branch) -> None:
    annotations = {"image.openshift.io/triggers": json.dumps([entry("spec.template.spec.containers[0].image")])}
    spec = {"template": {"spec": {"containers": [{"name": "app", "image": "x"}]}}}
    metadata = {"name": "web", "namespace": "team-a", "annotations": annotations}
    items = [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}] * 2
    listed = {"apiVersion": "v1", "kind": "List", "items": items}
    write(two, f"kind: ConfigMap\n---\n---\n{json.dumps(listed)}\n")
    two.run()
    _, found = plain(two)
    assert isinstance(found, dict)
    assert [each["spec"]["template"]["spec"]["containers"][0]["image"] for each in found["items"]] == [A, A]
    assert two.run().commits == ()
    assert two.verify().breaks == []
