"""Targets of the Config: the values that they name in files without comments, and a finding for each that is not there."""

from __future__ import annotations

import dataclasses

import pytest

from reconciler.model.config import Config, Target
from reconciler.model.finding import Position
from reconciler.model.image_field import ImageField, Part, Via, WriteStyle
from reconciler.model.name import IstagName
from reconciler.model.stream import Declarations
from reconciler.reading.declare import declare

PROD = IstagName("team-a", "app", "prod")
STREAM = b"kind: ImageStream\napiVersion: image.openshift.io/v1\nmetadata: {name: app, namespace: team-a}\nspec: {tags: [{name: prod}]}\n"
KUSTOMIZE = Target(
    "apps/*/kustomization.yaml", "team-a/app:prod", image="acme/app", position=Position("reconciler.yaml", 5, 5)
)
HELM = Target(
    "values.yaml", "team-a/app:prod", repository=("image", "repository"), tag=("image", "tag"), digest=("a.b", 0, "c")
)
KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
images:
- name: other
- name: acme/app
  newTag: 1.4.2
"""
FILE = "apps/web/kustomization.yaml"
VALUES = 'image: {repository: quay.io/acme/app, tag: "1"}\na.b: [{c: sha256:0}]\n'


def declared(text: str, *targets: Target, file: str = FILE, config: Config | None = None) -> Declarations:
    made = dataclasses.replace(config or Config(), targets=targets)
    return declare({file: text.encode(), "stream.yaml": STREAM}, made)


def fields(found: Declarations) -> list[tuple[str, Part, str | None]]:
    return [(each.field, each.part, each.value) for each in found.fields]


def test_an_entry_of_images_has_a_field_for_each_key() -> None:
    found = declared(KUSTOMIZATION, KUSTOMIZE)
    assert found.findings == ()
    assert fields(found) == [
        ("images[1].newName", Part.NAME, "acme/app"),
        ("images[1].newTag", Part.TAG, "1.4.2"),
        ("images[1].digest", Part.DIGEST, None),
    ]
    assert found.fields[1] == ImageField(
        file=FILE,
        document=0,
        path=("images", 1, "newTag"),
        istag=PROD,
        value="1.4.2",
        position=Position(FILE, 6, 11),
        part=Part.TAG,
        via=Via.TARGET,
        identity='images["name=acme/app"].newTag',
    )


def test_a_tag_is_a_field_if_it_is_there_or_if_tags_are_written() -> None:
    text = "images: [{name: acme/app, newName: quay.io/acme/app, digest: sha256:0}]\n"
    assert fields(declared(text, KUSTOMIZE)) == [
        ("images[0].newName", Part.NAME, "quay.io/acme/app"),
        ("images[0].digest", Part.DIGEST, "sha256:0"),
    ]
    with_tag = declared(text, KUSTOMIZE, config=Config(write=WriteStyle.TAG_AND_DIGEST))
    assert [each.part for each in with_tag.fields] == [Part.NAME, Part.TAG, Part.DIGEST]


def test_values_of_helm_are_fields() -> None:
    found = declared(VALUES, HELM, file="values.yaml")
    assert found.findings == ()
    assert fields(found) == [
        ("image.repository", Part.NAME, "quay.io/acme/app"),
        ("image.tag", Part.TAG, "1"),
        ('["a.b"][0].c', Part.DIGEST, "sha256:0"),
    ]


def test_values_in_json_and_in_a_later_document_are_fields() -> None:
    target = Target("a.json", "team-a/app:prod", tag=("tag",))
    assert fields(declared('{"tag": "1"}', target, file="a.json")) == [("tag", Part.TAG, "1")]
    late = Target("a.yaml", "team-a/app:prod", tag=("tag",))
    assert fields(declared("a: 1\n---\ntag: '1'\n", late, file="a.yaml")) == [("(2).tag", Part.TAG, "1")]


@pytest.mark.parametrize("file", ["charts/app/values.yaml", "charts/app/Kustomization"])
def test_a_file_that_streams_leaves_out_is_read_for_its_targets_only(file: str) -> None:
    target = Target(file, "team-a/app:prod", tag=("tag",))
    text = f"{STREAM.decode().replace('app', 'other')}---\ntag: '1'\n"
    found = declared(text, target, file=file, config=Config(exclude=("charts/**",)))
    assert fields(found) == [("(2).tag", Part.TAG, "1")]
    assert [str(name) for name in found.streams] == ["team-a/app"]


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        pytest.param(
            "images: [{name: other}]\n",
            KUSTOMIZE,
            (
                f"{FILE}:1:9: error: spec.targets[0]: images has no entry with the name 'acme/app'. "
                "Add it, or correct the target."
            ),
            id="no entry",
        ),
        pytest.param(
            "",
            KUSTOMIZE,
            f"{FILE}:0:0: error: spec.targets[0]: images has no entry with the name 'acme/app'. Add it, or correct the target.",
            id="an empty file",
        ),
        pytest.param(
            "image: {name: a}\n",
            Target(FILE, "team-a/app:prod", tag=("image", "tag")),
            f"{FILE}:1:8: error: spec.targets[0]: image.tag is not there. Write it, or correct the target.",
            id="no value",
        ),
        pytest.param(
            "image: {tag: {a: b}}\n",
            Target(FILE, "team-a/app:prod", tag=("image", "tag")),
            f"{FILE}:1:14: error: spec.targets[0]: image.tag is a mapping or a list, not text. Correct the target.",
            id="a mapping",
        ),
        pytest.param(
            "apiVersion: reconciler/v1alpha1\nkind: Config\nspec: {defaultNamespace: a}\n",
            Target(FILE, "team-a/app:prod", tag=("spec", "defaultNamespace")),
            f"{FILE}:3:26: error: spec.targets[0]: the file is of kind Config, which no target changes. Correct the target.",
            id="an object of our own",
        ),
        pytest.param(
            "a: b\n\tc: d\n",
            KUSTOMIZE,
            (
                f"{FILE}:2:1: error: spec.targets[0]: the file cannot be read: this is not YAML: there is a tab where "
                "YAML allows only blanks. Indent with blanks."
            ),
            id="no YAML",
        ),
    ],
)
def test_a_target_without_a_value_is_a_finding(text: str, target: Target, expected: str) -> None:
    found = declared(text, target)
    assert [str(each) for each in found.findings] == [f"{expected} [image-target]"]
    assert found.fields == ()


@pytest.mark.parametrize("path", ["app/kustomization.yaml", "history/**", "reconciler.yaml"])
def test_a_path_that_matches_no_file_is_a_finding(path: str) -> None:
    target = dataclasses.replace(KUSTOMIZE, path=path)
    found = declare({FILE: b"a: b\n", "reconciler.yaml": b"", "history/a/b/c.yaml": b""}, Config(targets=(target,)))
    assert [str(each) for each in found.findings] == [
        f"reconciler.yaml:5:5: error: spec.targets[0].path '{path}' matches no file. Correct or remove it. [image-target]"
    ]


def test_a_template_is_skipped_and_said() -> None:
    found = declared("image: {tag: '{{ x }}'}\n", Target(FILE, "team-a/app:prod", tag=("image", "tag")))
    assert (found.fields, found.findings) == ((), ())
    assert [(each.what, each.line) for each in found.skipped] == [("file with template braces", 1)]


def test_an_istag_that_is_not_declared_is_a_finding() -> None:
    target = Target(FILE, "app:dev", tag=("tag",))
    (finding,) = declared("tag: '1'\n", target).findings
    assert str(finding) == (
        f"{FILE}:1:6: warning: spec.targets[0] names default/app:dev, which is not declared. "
        "Declare it, unless something pushes to it. [missing-source]"
    )


def test_two_targets_for_one_value_with_different_istags_are_a_finding() -> None:
    other = Target(FILE, "team-a/app:dev", tag=("images", 1, "newTag"))
    found = declared(KUSTOMIZATION, KUSTOMIZE, other)
    assert {each.rule for each in found.findings} == {"missing-source", "conflicting-image"}
    assert [each.part for each in found.fields] == [Part.NAME, Part.DIGEST]
