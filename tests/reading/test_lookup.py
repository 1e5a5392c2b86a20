"""Plain images that name an istag, where OpenShift's admission looks them up (`lookupPolicy.local`, `resolve-names`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents.read.image_hint import image_hint
from reconciler.gitstore import FileEntry
from reconciler.model.config import Config
from reconciler.model.image_field import Via
from reconciler.model.stream import Declarations
from reconciler.model.workload_image import ImageHint
from reconciler.reading.declare import FileReadings, declare, declare_tree
from reconciler.reading.tree import Tree

CONFIG = Config(default_namespace="team-a")
RESOLVE = "alpha.image.policy.openshift.io/resolve-names"
DIGEST = "sha256:" + "a" * 64


def stream(name: str = "app", tag: str = "prod", *, local: bool = True) -> bytes:
    policy = "{lookupPolicy: {local: true}, " if local else "{"
    return (
        f"apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {{name: {name}}}\n"
        f"spec: {policy}tags: [{{name: {tag}}}]}}\n"
    ).encode()


def workload(
    image: object,
    *,
    api: str = "apps/v1",
    kind: str = "Deployment",
    base: str = "spec.template.spec",
    **metadata: object,
) -> bytes:
    spec: object = {"containers": [{"name": "app", "image": image}]}
    for key in reversed(base.split(".")):
        spec = {key: spec}
    assert isinstance(spec, dict)
    found = {"apiVersion": api, "kind": kind, "metadata": {"name": "web", **metadata}, **spec}
    return json.dumps(found).encode()


def declared(*files: bytes) -> Declarations:
    return declare({f"{number}.yaml": data for number, data in enumerate(files)}, CONFIG)


def follows(*files: bytes) -> list[str]:
    return [str(each.istag) for each in declared(*files).fields]


@pytest.mark.parametrize(
    ("api", "kind", "base"),
    [
        ("v1", "Pod", "spec"),
        ("v1", "ReplicationController", "spec.template.spec"),
        ("apps.openshift.io/v1", "DeploymentConfig", "spec.template.spec"),
        ("v1", "DeploymentConfig", "spec.template.spec"),
        ("apps/v1", "DaemonSet", "spec.template.spec"),
        ("apps/v1", "Deployment", "spec.template.spec"),
        ("apps/v1", "StatefulSet", "spec.template.spec"),
        ("apps/v1", "ReplicaSet", "spec.template.spec"),
        ("batch/v1", "Job", "spec.template.spec"),
        ("batch/v1", "CronJob", "spec.jobTemplate.spec.template.spec"),
    ],
)
def test_a_plain_name_of_a_local_stream_is_looked_up_on_the_kinds_of_openshift(api: str, kind: str, base: str) -> None:
    (found,) = declared(stream(), workload("app:prod", api=api, kind=kind, base=base)).fields
    assert (str(found.istag), found.via, found.value) == ("team-a/app:prod", Via.LOOKUP, "app:prod")
    assert found.owner == f"{kind} team-a/web"
    assert found.identity == f'{base}.containers[?(@.name=="app")].image'


@pytest.mark.parametrize(
    ("api", "kind"),
    [
        ("argoproj.io/v1alpha1", "Rollout"),
        ("serving.knative.dev/v1", "Service"),
        ("example.com/v1", "Deployment"),
        ("build.openshift.io/v1", "Build"),
    ],
)
def test_other_kinds_are_left_alone(api: str, kind: str) -> None:
    assert follows(stream(), workload("app:prod", api=api, kind=kind)) == []


@pytest.mark.parametrize(
    ("image", "istag"),
    [
        ("app:prod", "team-a/app:prod"),
        ("app", "team-a/app:latest"),
        ("other:prod", None),
        ("acme/app:prod", None),
        ("quay.io/app:prod", None),
        (f"app@{DIGEST}", None),
        (f"app:prod@{DIGEST}", None),
        ("App:prod", None),
        ("app:", None),
        ("app:-x", None),
        ("", None),
        (" ", None),
        (None, None),
        (8, None),
    ],
)
def test_only_a_name_in_one_part_is_looked_up_in_local_streams(image: object, istag: str | None) -> None:
    assert follows(stream(), workload(image)) == ([istag] if istag else [])


def test_only_streams_of_the_namespace_that_are_local_count() -> None:
    assert follows(stream(local=False), workload("app:prod")) == []
    assert follows(stream(), workload("app:prod", namespace="team-b")) == []


@pytest.mark.parametrize("image", ["app:prod", "acme/app:prod", "quay.io:5000/x/app:prod"])
def test_resolve_names_tries_the_last_name_of_every_image(image: str) -> None:
    annotated = workload(image, annotations={RESOLVE: "*"})
    assert follows(stream(local=False), annotated) == ["team-a/app:prod"]
    template = json.loads(workload(image))
    template["spec"]["template"]["metadata"] = {"annotations": {RESOLVE: "*"}}
    assert follows(stream(local=False), json.dumps(template).encode()) == ["team-a/app:prod"]


def test_resolve_names_has_one_value_and_other_values_are_told() -> None:
    found = declared(stream(local=False), workload("quay.io/acme/app:prod", annotations={RESOLVE: "true"}))
    assert found.fields == ()
    assert [str(each).partition(": ")[2] for each in found.findings] == [
        "warning: the annotation resolve-names is 'true', which has no effect. Write \"*\", or take it out. "
        "[ignored-field]"
    ]
    elsewhere = declared(workload("x", kind="Rollout", annotations={RESOLVE: "*"}))
    assert ["no effect on kind Rollout" in each.message for each in elsewhere.findings] == [True]
    assert declared(workload("x", kind="Build", annotations={RESOLVE: "*"})).findings == ()


def test_an_object_that_a_controller_owns_is_left_alone() -> None:
    owned = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1"}
    assert follows(stream(), workload("app:prod", kind="Pod", api="v1", base="spec", ownerReferences=[owned])) != []
    owners = [{**owned, "controller": True}]
    assert follows(stream(), workload("app:prod", kind="Pod", api="v1", base="spec", ownerReferences=owners)) == []


def test_an_istag_that_nobody_declares_is_told() -> None:
    found = declared(stream(), workload("app:typo"))
    assert [str(each) for each in found.findings] == [
        "1.yaml:1:149: warning: image 'app:typo' means team-a/app:typo, which is not declared. Declare it, unless "
        "something pushes to it. [missing-source]"
    ]


def test_a_trigger_comes_before_the_name() -> None:
    path = "spec.template.spec.containers[0].image"
    triggers = json.dumps([{"from": {"kind": "ImageStreamTag", "name": "other:1"}, "fieldPath": path}])
    (found,) = declared(stream(), workload("app:prod", annotations={"image.openshift.io/triggers": triggers})).fields
    assert (str(found.istag), found.via) == ("team-a/other:1", Via.TRIGGER)


def test_patches_and_files_to_be_rendered_are_left_alone() -> None:
    files: dict[str, bytes | None] = {
        "is.yaml": stream(),
        "kustomization.yaml": b"patches: [{path: w.json}]\n",
        "w.json": workload("app:prod"),
        "x.json": workload("app:prod", name="{{ name }}"),
        "y.yaml": b"{{ x }}\nkind: Deployment\nimage: app:prod\n",
    }
    assert declare(files, CONFIG).fields == ()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("image: app:prod", ImageHint(frozenset({"app"}))),
        ('{"image": "app"}', ImageHint(frozenset({"app"}))),
        ("- image:   'app:prod' # x", ImageHint(frozenset({"app"}))),
        ("image: &a app:prod", ImageHint(frozenset({"app"}))),
        ("image: >-\n  app:prod", ImageHint(frozenset({"app"}))),
        ("image:\n  app:prod", ImageHint(frozenset({"app"}))),
        (f"image: quay.io/acme/app:1@{DIGEST}", ImageHint(digests=frozenset({DIGEST}))),
        ("image: quay.io/acme/app:1", ImageHint()),
        ("imagePullPolicy: always", ImageHint()),
        (f"{RESOLVE}: '*'", ImageHint(resolves_all=True)),
    ],
)
def test_a_hint_shows_the_images_without_parsing(text: str, hint: ImageHint) -> None:
    assert image_hint(text.encode()) == hint
    assert image_hint(b"\xff\xfe" + text.encode("utf-16-le")) == hint


@pytest.mark.parametrize("text", ["image:&", "image: & ", "image:", "image: >1 ", 'image"', "image \t"])
def test_the_time_for_a_hint_grows_with_the_length_only(text: str) -> None:
    image_hint((text * (2_000_000 // len(text))).encode())


@given(st.binary(max_size=200) | st.text().map(lambda text: f"image: {text}".encode()))
def test_any_bytes_have_a_hint(data: bytes) -> None:
    found = image_hint(data)
    assert all(each.isascii() for each in (*found.names, *found.digests))


def test_only_files_that_may_matter_are_parsed_and_each_content_once() -> None:
    contents = {"is.yaml": stream(), "a.yaml": workload("app:prod"), "b.yaml": workload("nginx:1")}
    tree, read = _tree(contents)
    readings = FileReadings()
    declare_tree(tree, CONFIG, None, readings)
    assert read == ["a.yaml", "b.yaml", "is.yaml", "a.yaml"]
    read.clear()
    assert [str(each.istag) for each in declare_tree(tree, CONFIG, None, readings).fields] == ["team-a/app:prod"]
    assert read == []
    contents["is.yaml"] = stream(local=False)
    tree, read = _tree(contents)
    assert declare_tree(tree, CONFIG, None, readings).fields == ()
    assert read == ["is.yaml"]


def test_files_that_are_not_committed_are_looked_up_too() -> None:
    contents = {"is.yaml": stream(), "a.yaml": workload("app:prod")}
    tree = Tree(contents.keys(), lambda paths: (contents[path] for path in paths))
    readings = FileReadings()
    for _ in range(2):
        assert [str(each.istag) for each in declare_tree(tree, CONFIG, None, readings).fields] == ["team-a/app:prod"]


def _tree(contents: Mapping[str, bytes]) -> tuple[Tree, list[str]]:
    """A tree, and the files that are read of it."""
    read: list[str] = []

    def contents_of(paths: list[str]) -> Iterator[bytes | None]:
        read.extend(paths)
        return iter([contents[path] for path in paths])

    entries = {path: FileEntry("100644", "blob", str(hash(data))) for path, data in contents.items()}
    return Tree(contents.keys(), contents_of, entries=entries), read


_KEYS = st.sampled_from(["kind", "metadata", "annotations", RESOLVE, "ownerReferences", "controller", "spec", "image"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["app:prod", "app", "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=8,
)


@given(_VALUES, _VALUES, _VALUES, st.sampled_from(["Pod", "Deployment", "CronJob", "DeploymentConfig"]))
def test_no_object_raises_or_gives_a_field_beside_an_image(
    metadata: object, containers: object, spec: object, kind: str
) -> None:
    pod = {"containers": containers, "initContainers": [{"image": "app:prod"}, metadata]}
    found = {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": metadata,
        "spec": {**pod, "template": {"spec": pod}},
        "x": spec,
    }
    declarations = declared(stream(), json.dumps(found).encode())
    assert all(each.path[-1] == "image" and each.value in {"app", "app:prod"} for each in declarations.fields)
