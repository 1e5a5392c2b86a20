"""The kinds of objects, and the lists that are unpacked."""

from __future__ import annotations

import pytest

from reconciler.documents.object_kind import Kind, classify, patched_files
from reconciler.documents.read.document import read_documents

STREAM = "kind: ImageStream\napiVersion: image.openshift.io/v1\nmetadata: {name: app}\n"


def kinds(text: str, file: str = "f.yaml") -> list[Kind]:
    return [item.kind for document in read_documents(text.encode(), file) for item in classify(document)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STREAM, Kind.STREAM),
        ("kind: ImageStream\napiVersion: v1\nmetadata: {name: app}\n", Kind.STREAM),
        ("kind: ImageStream\nmetadata: {name: app}\n", Kind.STREAM),
        ("kind: Template\napiVersion: v1\nobjects: []\n", Kind.TEMPLATE),
        ("kind: Template\napiVersion: template.openshift.io/v1\nobjects: []\n", Kind.TEMPLATE),
        ("kind: Template\napiVersion: other.io/v1\n", Kind.OTHER),
        ("kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n", Kind.KUSTOMIZATION),
        ("- op: add\n  path: /spec/tags/0\n  value: {}\n", Kind.PATCH),
        (STREAM + "spec: {tags: [{$patch: delete, name: x}]}\n", Kind.PATCH),
        (STREAM + "$patch: delete\n", Kind.PATCH),
        (STREAM + "spec: {tags: [{name: '{{ tag }}'}]}\n", Kind.BRACES),
        (STREAM + "spec: {tags: [{name: 'a{% if x %}b'}]}\n", Kind.BRACES),
        (STREAM + "spec: {tags: [{name: '${{PARAM}}'}]}\n", Kind.STREAM),
        (STREAM + "spec: {tags: [{name: a, annotations: {d: '{{ x }}'}}]}\n", Kind.STREAM),
        ("kind: Config\napiVersion: reconciler/v1alpha1\n", Kind.CONFIG),
        ("kind: Installation\napiVersion: reconciler/v1alpha1\n", Kind.INSTALLATION),
        ("kind: TagHistory\napiVersion: reconciler/v1alpha1\n", Kind.TAG_HISTORY),
        ("kind: TagHold\napiVersion: reconciler/v1alpha1\n", Kind.TAG_HOLD),
        ("kind: Config\napiVersion: v1\n", Kind.OTHER),
        ("kind: Deployment\nmetadata: {annotations: {image.openshift.io/triggers: '[]'}}\n", Kind.WORKLOAD),
        ("kind: Deployment\nmetadata: {annotations: null}\n", Kind.OTHER),
        ("just text\n", Kind.OTHER),
        ("- 1\n- 2\n", Kind.OTHER),
        ("kind: [a]\n", Kind.OTHER),
        ("kind: FooList\nitems: text\n", Kind.OTHER),
        ("kind: Template\nobjects: []\n", Kind.TEMPLATE),
        (STREAM + "kind: Deployment\n", Kind.AMBIGUOUS),
        ("kind: Deployment\n" + STREAM, Kind.AMBIGUOUS),
        ("kind: List\nkind: Deployment\nitems: []\n", Kind.AMBIGUOUS),
        ("kind: Service\nkind: Deployment\n", Kind.OTHER),
        ("kind: List\nitems: []\nitems: []\n", Kind.AMBIGUOUS),
        ("kind: ImageStreamList\nitems: {kind: ImageStream}\n", Kind.AMBIGUOUS),
        ("kind: List\nitems: text\n", Kind.AMBIGUOUS),
    ],
)
def test_every_object_has_one_kind(text: str, expected: Kind) -> None:
    assert kinds(text) == [expected]


def test_lists_are_unpacked_in_order_lists_in_lists_too() -> None:
    nested = "{kind: List, items: [{kind: ImageStream}, {kind: Template, apiVersion: v1}]}"
    text = f"kind: List\nitems:\n- {{kind: A}}\n- {nested}\n- {{kind: B}}\n"
    assert kinds(text) == [Kind.OTHER, Kind.STREAM, Kind.TEMPLATE, Kind.OTHER]


def test_items_of_a_list_have_their_paths() -> None:
    (document,) = read_documents(
        b"kind: List\nitems:\n- kind: A\n- kind: ImageStream\n  metadata:\n    name: x\n", "f.yaml"
    )
    item = classify(document)[1]
    assert item.prefix == ("items", 1)
    assert str(item.position(("metadata", "name"))) == "f.yaml:6:11"


def test_an_image_stream_list_says_what_its_items_are() -> None:
    (document,) = read_documents(b"kind: ImageStreamList\nitems: [{metadata: {name: x}}]\n", "f.yaml")
    (item,) = classify(document)
    assert item.kind is Kind.STREAM
    assert item.plain() == {"apiVersion": "image.openshift.io/v1", "kind": "ImageStream", "metadata": {"name": "x"}}


@pytest.mark.parametrize("items", ["items: []", "items: null", "items:", "metadata: {}"])
def test_an_empty_list_has_no_objects(items: str) -> None:
    assert kinds(f"kind: List\n{items}\n") == []


def test_many_lists_in_each_other_are_unpacked() -> None:
    text = "{kind: List, items: [" * 45 + "{kind: ImageStream}" + "]}" * 45
    assert kinds(text) == [Kind.STREAM]


def test_a_release_payload_map_is_not_a_stream() -> None:
    text = "kind: ImageStream\nspec: {tags: []}\n"
    assert kinds(text, "manifests/image-references") == [Kind.RELEASE_MAP]
    assert kinds(text, "manifests/app.yaml") == [Kind.STREAM]
    assert kinds(STREAM, "manifests/image-references") == [Kind.STREAM]


def test_a_kustomization_names_its_patches() -> None:
    text = (
        "resources: [base.yaml]\n"
        "patches: [{path: tags.yaml}, {patch: 'inline\n'}]\n"
        "patchesStrategicMerge: [../old.yaml, 'inline: |\n\n  x']\n"
        "patchesJson6902: [{target: {}, path: ops.yaml}]\n"
    )
    found = list(patched_files(read_documents(text.encode(), "overlays/test/kustomization.yaml")))
    assert found == ["overlays/test/tags.yaml", "overlays/test/ops.yaml", "overlays/old.yaml"]


def test_a_kustomization_needs_no_kind() -> None:
    assert kinds("resources: []\n", "a/kustomization.yaml") == [Kind.KUSTOMIZATION]
