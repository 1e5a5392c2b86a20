"""The engine on objects that are not streams: every byte outside of the edit stays."""

from __future__ import annotations

import pytest

from reconciler.documents.edit.conventions import Conventions
from reconciler.documents.edit.file import EditedFile
from reconciler.documents.edit.refusal import EditRefusedError
from reconciler.documents.edit.value import with_value_at
from reconciler.documents.read.node import Path

CONTAINERS: Path = ("spec", "template", "spec", "containers")
IMAGE: Path = (*CONTAINERS, 1, "image")
NEW = "quay.io/acme/app:2"
ANY_DOCUMENT = Conventions()
DEPLOYMENT = Conventions(similar=CONTAINERS)

BLOCK = """\
# The web shop.
apiVersion: v1
kind: Service
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata:
    name: shop
spec:
    replicas: 3   # one a zone
    template:
        spec:
            containers:
              - name: proxy
                image: 'quay.io/acme/proxy:1'   # the sidecar
              # The shop itself.
              - image: "quay.io/acme/app:1"   # moved by the pipeline
                name: shop
"""
FLOW = (
    "kind: Deployment\n"
    "spec: {template: {spec: {containers: [{name: proxy, image: 'a:1'}, { image: quay.io/acme/app:1, name: shop }]}}}\n"
)
JSON = (
    '{"kind": "Deployment",\n\t"spec": {"template": {"spec": {"containers": [\n'
    '\t\t{"name": "proxy", "image": "a:1"},\n\t\t{"name": "shop", "image": "quay.io\\/acme\\/app:1"}\n\t]}}}}'
)


def edited(text: str, path: Path, value: object, conventions: Conventions = ANY_DOCUMENT) -> str:
    """The file with another value at a path of its last document."""
    file = EditedFile.read(text.encode(), "deployment.yaml", conventions)
    last = len(file.documents) - 1
    return file.rewritten(last, with_value_at(file.plain(last), path, value)).decode()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param(BLOCK, "quay.io/acme/app:1", id="block style"),
        pytest.param(BLOCK.replace("\n", "\r\n"), "quay.io/acme/app:1", id="block style with CRLF"),
        pytest.param(FLOW, "quay.io/acme/app:1", id="flow style"),
        pytest.param(JSON, "quay.io\\/acme\\/app:1", id="JSON"),
    ],
)
@pytest.mark.parametrize("conventions", [ANY_DOCUMENT, DEPLOYMENT])
def test_another_image_of_a_deployment_changes_its_bytes_alone(
    text: str, written: str, conventions: Conventions
) -> None:
    assert edited(text, IMAGE, NEW, conventions) == text.replace(written, NEW)


def test_an_added_container_is_written_like_the_one_before_it() -> None:
    added = {"name": "cache", "image": "quay.io/acme/cache:7"}
    assert edited(BLOCK, (*CONTAINERS, 1), {"image": NEW, "name": "shop"}, DEPLOYMENT) == BLOCK.replace(':1"', ':2"')
    file = EditedFile.read(BLOCK.encode(), "deployment.yaml", DEPLOYMENT)
    plain = file.plain(1)
    containers = [{"name": "proxy", "image": "quay.io/acme/proxy:1"}, {"image": "quay.io/acme/app:1", "name": "shop"}]
    after = file.rewritten(1, with_value_at(plain, CONTAINERS, [*containers, added])).decode()
    assert after == BLOCK + '              - image: "quay.io/acme/cache:7"\n                name: cache\n'


def test_an_annotation_is_added_where_there_was_none() -> None:
    before = "kind: Deployment\nmetadata:\n  name: shop\n"
    after = before + "  annotations:\n    a/b: c\n"
    assert edited(before, ("metadata", "annotations"), {"a/b": "c"}) == after


@pytest.mark.parametrize("conventions", [ANY_DOCUMENT, Conventions(free_keys=frozenset({"labels"}))])
def test_keys_that_differ_only_in_case_are_two_where_people_choose_them(conventions: Conventions) -> None:
    before = "kind: Deployment\nmetadata:\n  labels:\n    Tier: web\n"
    if conventions.free_keys:
        assert edited(before, ("metadata", "labels", "tier"), "db", conventions) == before + "    tier: db\n"
        return
    with pytest.raises(EditRefusedError) as refused:
        edited(before, ("metadata", "labels", "tier"), "db", conventions)
    assert (refused.value.line, refused.value.why) == (
        4,
        "metadata.labels.Tier is spelt with other capital letters than it should be",
    )


def test_the_engine_refuses_a_document_that_an_alias_shares() -> None:
    before = "kind: Deployment\nspec: &spec {image: a}\nother: *spec\n"
    with pytest.raises(EditRefusedError) as refused:
        edited(before, ("spec", "image"), "b")
    assert (refused.value.line, refused.value.why) == (2, "spec has the anchor &spec, which is used elsewhere")
