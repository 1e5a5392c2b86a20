"""Comment markers: the values that they mark, and a finding for each one that has no effect."""

from __future__ import annotations

import pytest

from reconciler.model.config import Config, NamespaceRule
from reconciler.model.image_field import ImageField, Part, Via
from reconciler.model.name import IstagName
from reconciler.model.stream import Declarations
from reconciler.reading.declare import declare

PROD = IstagName("team-a", "app", "prod")
MARK = '# {"$imagestream": "team-a/app:prod"}'
STREAM = b"kind: ImageStream\napiVersion: image.openshift.io/v1\nmetadata: {name: app, namespace: team-a}\nspec: {tags: [{name: prod}]}\n"
AT_END = 'Put it at the end of the line of the value: image: quay.io/acme/app:1 # {"$imagestream": "team-a/app:prod"}.'
WRITE = 'Write # {"$imagestream": "NAMESPACE/STREAM:TAG"}.'
DEPLOYMENT = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  template:
    spec:
      containers:
      - name: proxy
        image: quay.io/acme/proxy:1
      - name: web
        image: quay.io/acme/app:1 {MARK}
"""


def declared(text: str, config: Config | None = None, file: str = "a.yaml") -> Declarations:
    return declare({file: text.encode(), "stream.yaml": STREAM}, config or Config(default_namespace="team-a"))


def fields(text: str) -> list[tuple[str, str | None]]:
    """The fields of a file without findings, with their values."""
    found = declared(text)
    assert found.findings == ()
    return [(each.field, each.value) for each in found.fields]


def said(text: str, file: str = "a.yaml") -> list[str]:
    return [str(each) for each in declared(text, file=file).findings]


def test_a_marker_makes_an_image_field() -> None:
    (field,) = declared(DEPLOYMENT).fields
    assert field == ImageField(
        file="a.yaml",
        document=0,
        path=("spec", "template", "spec", "containers", 1, "image"),
        istag=PROD,
        value="quay.io/acme/app:1",
        position=field.position,
        via=Via.MARKER,
        owner="Deployment team-a/web",
        identity='spec.template.spec.containers["name=web"].image',
    )
    assert (field.position.line, field.position.column) == (11, 16)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"image: 'a:1'   {MARK}\n", [("image", "a:1")], id="single quotes"),
        pytest.param(f'image: "a # b:1" {MARK}', [("image", "a # b:1")], id="a hash in quotes, no newline at the end"),
        pytest.param(f"image: a#b:1 {MARK}\r\nx: 1\r\n", [("image", "a#b:1")], id="CRLF and a hash in plain text"),
        pytest.param(f'"image": "a:1" {MARK}\n', [("image", "a:1")], id="a quoted key"),
        pytest.param(f"image: >- {MARK}\n  a:1\n", [("image", "a:1")], id="the header of a block scalar"),
        pytest.param(f"image: |+2 {MARK}\n    a:1\n", [("image", "  a:1\n")], id="a header with indicators"),
        pytest.param(f"image: a\n  b {MARK}\n", [("image", "a b")], id="plain text on two lines"),
        pytest.param(f'image: "a\n  b" {MARK}\n', [("image", "a b")], id="quoted text on two lines"),
        pytest.param(f"- x\n- a:1 {MARK}\n", [("[1]", "a:1")], id="an item of a list"),
        pytest.param(f"- - a:1 {MARK}\n  - b\n", [("[0][0]", "a:1")], id="a list in a list"),
        pytest.param(
            f"a: {{\n  image: b:1, {MARK}\n  other: 1 }}\n", [("a.image", "b:1")], id="flow style on several lines"
        ),
        pytest.param(f"a: [\n  b:1 {MARK}\n]\n", [("a[0]", "b:1")], id="an item of a flow list"),
        pytest.param(f"a: {{image: b:1}} {MARK}\n", [("a.image", "b:1")], id="the only value of a flow mapping"),
        pytest.param(f"? image\n: a:1 {MARK}\n", [("image", "a:1")], id="a key behind a question mark"),
        pytest.param(f"image: &i a:1 {MARK}\n", [("image", "a:1")], id="an anchor that nothing uses"),
        pytest.param(f"image: !!str 1 {MARK}\n", [("image", "1")], id="an explicit type"),
        pytest.param(f"image: ~ {MARK}\n", [("image", None)], id="null"),
        pytest.param(f"tag: 1.10 {MARK}\n", [("tag", None)], id="a number"),
        pytest.param(f"a: 1\n---\n\n---\nimage: b:1 {MARK}\n", [("(2).image", "b:1")], id="several documents"),
        pytest.param(f"﻿image: a:1 {MARK}\n", [("image", "a:1")], id="a byte order mark"),
        pytest.param('image: a:1 #{"$imagestream":"app:prod"}\n', [("image", "a:1")], id="no blanks, no namespace"),
        pytest.param(f"#  image: a:1 {MARK}\n", [], id="YAML that is commented out"),
        pytest.param("image: a:1 # see $imagestream in the manual\n", [], id="prose"),
        pytest.param('image: a:1 # {"$imagepolicy": "flux-system:app"}\n', [], id="a marker of Flux"),
        pytest.param('image: "# {$imagestream: a:b}"\n', [], id="text in quotes"),
        pytest.param('{"a": "# {\\"$imagestream\\": \\"a:b\\"}"}\n', [], id="JSON"),
    ],
)
def test_a_marker_belongs_to_the_scalar_that_ends_on_its_line(
    text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert fields(text) == expected


def test_a_marker_may_name_a_part() -> None:
    marks = {part: f'# {{"$imagestream": "team-a/app:prod", "part": "{part}"}}' for part in ("name", "tag", "digest")}
    text = f"images:\n- newName: a {marks['name']}\n  newTag: '1' {marks['tag']}\n  digest: x {marks['digest']}\n"
    assert [each.part for each in declared(text).fields] == [Part.NAME, Part.TAG, Part.DIGEST]


def test_the_namespace_of_an_istag_is_that_of_streams_in_the_file() -> None:
    config = Config(namespaces=(NamespaceRule("apps/**", "team-b"),))
    found = declared('image: a:1 # {"$imagestream": "app:prod"}\n', config, "apps/a.yaml")
    assert [each.istag for each in found.fields] == [IstagName("team-b", "app", "prod")]
    assert [str(each) for each in found.findings] == [
        (
            "apps/a.yaml:1:8: warning: the marker names team-b/app:prod, which is not declared. "
            "Declare it, unless something pushes to it. [missing-source]"
        )
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"{MARK}\nimage: a:1\n", f"1:1: error: the marker has a line of its own. {AT_END}", id="above"),
        pytest.param(
            f"spec: {MARK}\n  a: b\n", f"1:7: error: the marker is on a line without a value. {AT_END}", id="on a key"
        ),
        pytest.param(
            f"image: {MARK}\n", f"1:8: error: the marker is on a line without a value. {AT_END}", id="nothing"
        ),
        pytest.param(
            f"spec: {{}} {MARK}\n", f"1:10: error: the marker is on the line of a mapping or a list. {AT_END}", id="map"
        ),
        pytest.param(
            f"a: {{b: c, d: e}} {MARK}\n",
            "1:17: error: the marker is on a line with several values. Give its value a line of its own.",
            id="several values",
        ),
        pytest.param(
            f"a: |\n  x\n  {MARK}\n  y\n",
            f"3:3: error: the marker is inside the text of a block scalar and has no effect. {AT_END}",
            id="in a block scalar",
        ),
        pytest.param(
            f"a: &x b\nc: *x {MARK}\n",
            "2:7: error: the value is the alias *x. Write the value out.",
            id="an alias",
        ),
        pytest.param(
            f"a: &x b {MARK}\nc: *x\n",
            ("1:9: error: the anchor &x on or around the value is used elsewhere. Write the value out there."),
            id="an anchor that others use",
        ),
        pytest.param(
            f"a: &x\n  image: b {MARK}\nc: *x\n",
            ("2:12: error: the anchor &x on or around the value is used elsewhere. Write the value out there."),
            id="inside of an anchor that others use",
        ),
        pytest.param(
            f"image: a\nimage:\n  b: c\nx: {{<<: {{image: b}}}} {MARK}\n",
            (
                "4:21: error: the marker is on a value that is hidden by a merge key (<<) or its own key again. "
                "Mend that."
            ),
            id="a merge key",
        ),
        pytest.param(
            'image: a # see {"$imagestream": "app:prod"}\n',
            "1:10: error: the comment has text before the marker. Take it out, or put it on the line above.",
            id="text before it",
        ),
        pytest.param(
            "image: a # {'$imagestream': 'app:prod'}\n",
            f"""1:10: error: the marker "{{'$imagestream': 'app:prod'}}" is not JSON. {WRITE}""",
            id="single quotes",
        ),
        pytest.param(
            "image: a # $imagestream: app:prod\n",
            f"1:10: error: the marker '$imagestream: app:prod' is not JSON. {WRITE}",
            id="without braces",
        ),
        pytest.param(
            f"image: a {MARK} and more\n",
            f"""1:10: error: the marker '{MARK[2:]} and more' is not JSON. {WRITE}""",
            id="text behind it",
        ),
        pytest.param(
            'image: a # {"$imagestream": "app:prod", "$imagestream": "app:dev"}\n',
            f"""1:10: error: the marker '{{"$imagestream": "app:prod", "$imagestream": "app:dev"}}' is not JSON. {WRITE}""",
            id="a key twice",
        ),
        pytest.param(
            'image: a # {"$imagestream": "app"}\n',
            f"1:10: error: the marker names 'app' without a tag. {WRITE}",
            id="no tag",
        ),
        pytest.param(
            'image: a # {"$imagestream": 5}\n',
            f"1:10: error: the marker names 5, which is not text. {WRITE}",
            id="a number",
        ),
        pytest.param(
            'image: a # {"$imagestream": "app:prod:tag"}\n',
            (
                "1:10: error: the marker has the part behind the istag: 'app:prod:tag'. "
                'Write # {"$imagestream": "app:prod", "part": "tag"}.'
            ),
            id="the part as in Flux",
        ),
        pytest.param(
            'image: a # {"$imagestream": "App:prod"}\n',
            (
                "1:10: error: the marker names no istag: stream 'App': 'App' is not a stream name. "
                "Use lower-case letters and digits with single . _ - between them."
            ),
            id="no name of a stream",
        ),
        pytest.param(
            'image: a # {"$imagestream": "app:prod", "part": "version"}\n',
            "1:10: error: the marker has the part 'version'. Write name, tag or digest, or take it out.",
            id="an unknown part",
        ),
        pytest.param(
            'image: a # {"$imagestream": "app:prod", "parts": "tag"}\n',
            "1:10: error: the marker has the unknown key 'parts'. Take it out.",
            id="an unknown key",
        ),
        pytest.param(
            f'image: a # {{"$imagestream": "{"x" * 1000}"}}\n',
            f"1:10: error: the marker has more than 1000 characters. {WRITE}",
            id="a long one",
        ),
    ],
)
def test_a_marker_without_an_effect_is_a_finding(text: str, expected: str) -> None:
    assert said(text) == [f"a.yaml:{expected} [image-marker]"]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: b, namespace: c}\n", "ImageStream"),
        ("apiVersion: reconciler/v1alpha1\nkind: Config\n", "Config"),
    ],
)
def test_a_marker_in_an_object_of_our_own_is_a_finding(head: str, kind: str) -> None:
    text = f"{head}spec:\n  a: b {MARK}\n"
    line = text.count("\n")
    found = f"a.yaml:{line}:8: error: the marker is in an object of kind {kind}, which no marker changes. Take it out."
    assert f"{found} [image-marker]" in said(text)


def test_a_marker_on_template_braces_is_skipped_and_said() -> None:
    found = declared(f"image: '{{{{ .Values.image }}}}' {MARK}\n")
    assert (found.fields, found.findings) == ((), ())
    assert [(each.what, each.line) for each in found.skipped] == [("file with template braces", 1)]


def test_a_template_that_is_no_yaml_is_skipped_and_said() -> None:
    found = declared(f"{{{{- if .Values.on }}}}\nimage: a {MARK}\n{{{{- end }}}}\n")
    assert (found.fields, found.findings) == ((), ())
    assert [(each.what, each.line) for each in found.skipped] == [("file with template braces", 1)]


def test_a_file_with_markers_that_cannot_be_read_is_a_finding() -> None:
    assert said(f"image: a {MARK}\n\tb: c\n") == [
        (
            "a.yaml:2:1: error: its markers have no effect, the file cannot be read: this is not YAML: there is a tab "
            "where YAML allows only blanks. Indent with blanks. [image-marker]"
        )
    ]


def test_a_marker_in_a_kustomize_patch_counts() -> None:
    kustomization = b"patches:\n- path: patch.yaml\n"
    config = Config(default_namespace="team-a")
    patch = DEPLOYMENT.replace("image: quay.io/acme/proxy:1", "x: 1")
    found = declare({"kustomization.yaml": kustomization, "patch.yaml": patch.encode(), "s.yaml": STREAM}, config)
    assert [each.file for each in found.fields] == ["patch.yaml"]


def test_names_that_are_there_twice_do_not_identify_an_item() -> None:
    text = f"- {{name: a}}\n- name: a\n  image: b {MARK}\n"
    assert [each.identity for each in declared(text).fields] == ["[1].image"]
