"""Image fields of triggers: which values of which objects follow which istag, and what takes them out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import Scalar, find
from reconciler.model.config import Config
from reconciler.model.finding import Position
from reconciler.model.image_field import ImageField, Part, Via
from reconciler.model.name import IstagName
from reconciler.model.stream import Declarations
from reconciler.reading.declare import declare

CONFIG = Config(default_namespace="team-a")
TEMPLATE = "spec.template.spec"
JOB = "spec.jobTemplate.spec.template.spec"
PROD = IstagName("team-a", "app", "prod")


def entry(path: str, name: str = "app:prod", **more: object) -> dict[str, object]:
    return {"from": {"kind": "ImageStreamTag", "name": name}, "fieldPath": path, **more}


def by_name(name: str, base: str = TEMPLATE, group: str = "containers") -> str:
    return f'{base}.{group}[?(@.name=="{name}")].image'


def workload(
    triggers: Sequence[object] | str,
    *,
    api: str = "apps/v1",
    kind: str = "Deployment",
    base: str = TEMPLATE,
    containers: object = ({"name": "app", "image": "x"}, {"name": "proxy"}),
    init: object = ({"name": "setup", "image": "y"},),
) -> dict[str, object]:
    spec: object = {"containers": containers, "initContainers": init}
    for key in reversed(base.split(".")):
        spec = {key: spec}
    text = triggers if isinstance(triggers, str) else json.dumps(triggers)
    metadata = {"name": "web", "annotations": {"image.openshift.io/triggers": text}}
    assert isinstance(spec, dict)
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **spec}


def declared(*objects: object) -> Declarations:
    text = "\n---\n".join(json.dumps(each) for each in objects)
    return declare({"w.yaml": text.encode()}, CONFIG)


def follows(*objects: object) -> dict[str, str]:
    return {each.field: str(each.istag) for each in declared(*objects).fields}


def rules(*objects: object) -> set[str]:
    return {finding.rule for finding in declared(*objects).findings} - {"missing-source"}


@pytest.mark.parametrize(
    ("api", "kind", "base"),
    [
        ("apps/v1", "Deployment", TEMPLATE),
        ("apps/v1", "StatefulSet", TEMPLATE),
        ("apps/v1", "DaemonSet", TEMPLATE),
        ("extensions/v1beta1", "Deployment", TEMPLATE),
        ("batch/v1", "CronJob", JOB),
        ("batch/v1beta1", "CronJob", JOB),
        ("batch/v1", "Job", TEMPLATE),
        ("apps/v1", "ReplicaSet", TEMPLATE),
        ("v1", "ReplicationController", TEMPLATE),
        ("v1", "Pod", "spec"),
        ("argoproj.io/v1alpha1", "Rollout", TEMPLATE),
        ("serving.knative.dev/v1", "Service", TEMPLATE),
        ("example.com/v1", "Fleet", "spec.workers"),
        ("example.com/v1", "Deployment", TEMPLATE),
        ("example.com/v1", "Bare", "status-of-it"),
    ],
)
def test_the_annotation_counts_on_every_kind_with_containers(api: str, kind: str, base: str) -> None:
    triggers = [entry(by_name("app", base)), entry(f"{base}.initContainers[0].image", "setup:1")]
    found = workload(triggers, api=api, kind=kind, base=base)
    assert follows(found) == {
        f"{base}.containers[0].image": "team-a/app:prod",
        f"{base}.initContainers[0].image": "team-a/setup:1",
    }
    assert rules(found) == set()


def test_a_field_says_where_it_is_and_whose_it_is() -> None:
    text = (
        "kind: ConfigMap\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n"
        "  metadata:\n    name: web\n    namespace: team-b\n    annotations:\n      image.openshift.io/triggers: >-\n"
        '        [{"from":{"kind":"ImageStreamTag","name":"app:prod","namespace":"team-a"},\n'
        '          "fieldPath":"spec.template.spec.containers[0].image"}]\n'
        "  spec: {template: {spec: {containers: [{name: app, image: quay.io/acme/app}]}}}\n"
    )
    assert declare({"w.yaml": text.encode()}, CONFIG).fields == (
        ImageField(
            file="w.yaml",
            document=1,
            path=("items", 0, "spec", "template", "spec", "containers", 0, "image"),
            istag=PROD,
            value="quay.io/acme/app",
            position=Position("w.yaml", 15, 60),
            part=Part.PULL_SPEC,
            via=Via.TRIGGER,
            owner="Deployment team-b/web",
            identity='spec.template.spec.containers[?(@.name=="app")].image',
            is_alone=False,
        ),
    )


@pytest.mark.parametrize(
    ("containers", "value", "identity"),
    [
        ([{"name": "app", "image": " "}], " ", by_name("app")),
        ([{"name": "app"}], None, by_name("app")),
        ([{"name": "app", "image": None}], None, by_name("app")),
        ([{"image": "x"}], "x", f"{TEMPLATE}.containers[0].image"),
    ],
)
def test_the_value_is_the_text_that_is_there(containers: object, value: str | None, identity: str) -> None:
    path = f"{TEMPLATE}.containers[0].image"
    (found,) = declared(workload([entry(path)], containers=containers)).fields
    assert (found.value, found.identity) == (value, identity)


def test_a_name_is_looked_up_in_both_lists_and_first_among_the_init_containers() -> None:
    both = workload([entry(by_name("app"))], init=[{"name": "app", "image": "y"}])
    assert list(follows(both)) == [f"{TEMPLATE}.initContainers[0].image"]
    other = workload([entry(by_name("app", group="initContainers"))])
    assert list(follows(other)) == [f"{TEMPLATE}.containers[0].image"]


def test_a_paused_trigger_is_known_and_marked() -> None:
    (found,) = declared(workload([entry(by_name("app"), paused=True)])).fields
    assert found.paused


GOOD = entry(by_name("proxy"))
PROXY = f"{TEMPLATE}.containers[1].image"


@pytest.mark.parametrize(
    ("passed_over", "rule"),
    [
        (entry(by_name("app"), "app"), "trigger-source"),
        (entry(by_name("app"), "b/app:prod"), "trigger-source"),
        ({"from": {"kind": "DockerImage", "name": "a:b"}, "fieldPath": by_name("app")}, "trigger-source"),
        (
            {"from": {"kind": "ImageStreamTag", "name": "a:b", "apiVersion": "v1"}, "fieldPath": by_name("app")},
            "trigger-source",
        ),
        (entry(by_name("app", JOB)), "trigger-path"),
        (entry(""), "trigger-path"),
        (entry(by_name("gone"), "app"), "trigger-container"),
        (entry(by_name("gone"), paused=True), "trigger-container"),
        (entry(f"{TEMPLATE}.containers[0].name", paused=True), "trigger-path"),
        (None, "trigger-path"),
    ],
)
def test_what_openshift_passes_over_leaves_the_other_triggers_alone(passed_over: object, rule: str) -> None:
    found = workload([passed_over, GOOD])
    assert list(follows(found)) == [PROXY]
    assert rule in rules(found)


@pytest.mark.parametrize(
    ("triggers", "rule"),
    [
        ([entry(by_name("gone")), GOOD], "trigger-container"),
        ([GOOD, entry(f"{TEMPLATE}.containers[7].image")], "trigger-container"),
        ([entry(f"{TEMPLATE}.containers[?(@.name=='app')].image"), GOOD], "trigger-path"),
        ([entry(f'{TEMPLATE}.containers[?(@.name == "app")].image'), GOOD], "trigger-path"),
        ([entry(f"{TEMPLATE}.containers[0]"), GOOD], "trigger-path"),
        ([GOOD, entry(by_name("proxy"), "other:1")], "duplicate-trigger"),
        ([GOOD, GOOD], "duplicate-trigger"),
        ([GOOD, entry(by_name("app"), paused="false")], "trigger-value"),
        (str([GOOD]), "trigger-value"),
        ("- from: {kind: ImageStreamTag}", "trigger-value"),
        ("", "trigger-value"),
        (json.dumps([GOOD])[:-1], "trigger-value"),
        (json.dumps([GOOD]) + " " * 262_144, "trigger-value"),
    ],
)
def test_what_openshift_fails_at_leaves_the_whole_object_alone(triggers: Sequence[object] | str, rule: str) -> None:
    found = workload(triggers)
    assert follows(found) == {}
    assert rule in rules(found)


def test_pause_is_no_key_of_a_trigger_and_does_not_pause_it() -> None:
    found = workload([entry(by_name("app"), pause="true")])
    assert [each.paused for each in declared(found).fields] == [False]
    assert rules(found) == {"unknown-field"}


@pytest.mark.parametrize("image", [{"repository": "x"}, ["x"], 1.1, True])
def test_an_image_that_is_no_text_is_left_alone(image: object) -> None:
    found = workload([entry(by_name("app")), GOOD], containers=[{"name": "app", "image": image}, {"name": "proxy"}])
    assert list(follows(found)) == [PROXY]
    assert rules(found) == {"trigger-container"}


def test_two_triggers_on_one_container_with_two_istags_write_nothing() -> None:
    found = workload([entry(by_name("app")), entry(f"{TEMPLATE}.containers[0].image", "other:1"), GOOD])
    assert list(follows(found)) == [PROXY]
    assert rules(found) == {"conflicting-image"}


def test_a_huge_annotation_is_refused_with_its_size() -> None:
    found = declared(workload(json.dumps([GOOD]) + " " * 300_000))
    assert [str(each) for each in found.findings] == [
        "w.yaml:1:93: warning: the annotation has 293 KiB, and Kubernetes refuses an object with more than 256 KiB of "
        "annotations. Take triggers out. [trigger-value]"
    ]


def test_a_workload_with_braces_anywhere_is_said_and_skipped() -> None:
    text = json.dumps(workload([GOOD], containers=[{"name": "proxy", "image": "{{ .Values.image }}"}]))
    found = declare({"chart/w.json": text.encode()}, CONFIG)
    assert found.fields == ()
    assert [(each.file, each.line, each.what) for each in found.skipped] == [
        ("chart/w.json", 1, "file with template braces")
    ]


def test_a_file_that_a_kustomization_uses_as_a_patch_has_no_fields() -> None:
    files: dict[str, bytes | None] = {
        "k/kustomization.yaml": b"patches: [{path: w.json}]\n",
        "k/w.json": json.dumps(workload([GOOD])).encode(),
    }
    assert declare(files, CONFIG).fields == ()


# DeploymentConfigs


def config(*triggers: object, containers: object = ({"name": "app", "image": " "}, {"name": "proxy"})) -> object:
    template = {"spec": {"containers": containers, "initContainers": [{"name": "setup"}]}}
    metadata = {"name": "web", "namespace": "team-a"}
    kind = {"apiVersion": "apps.openshift.io/v1", "kind": "DeploymentConfig"}
    return {**kind, "metadata": metadata, "spec": {"triggers": triggers, "template": template}}


def change(*names: object, istag: str = "app:prod", **more: object) -> dict[str, object]:
    source = {"kind": "ImageStreamTag", "name": istag}
    params = {"automatic": True, "containerNames": names, "from": source, **more}
    return {"type": "ImageChange", "imageChangeParams": params}


LAST = "spec.triggers[0].imageChangeParams.lastTriggeredImage"


def test_a_deployment_config_moves_its_containers_and_its_last_triggered_image() -> None:
    found = config(change("app", "setup", lastTriggeredImage=""), {"type": "ConfigChange"})
    assert follows(found) == {
        f"{TEMPLATE}.containers[0].image": "team-a/app:prod",
        f"{TEMPLATE}.initContainers[0].image": "team-a/app:prod",
        LAST: "team-a/app:prod",
    }
    assert rules(found) == set()
    identities = {each.identity for each in declared(found).fields}
    assert "spec.triggers[team-a/app:prod].imageChangeParams.lastTriggeredImage" in identities
    assert by_name("app") in identities


@pytest.mark.parametrize("last", [None, 8, {}])
def test_a_last_triggered_image_that_is_no_text_is_not_written(last: object) -> None:
    assert LAST not in follows(config(change("app", lastTriggeredImage=last)))


def test_only_automatic_triggers_act() -> None:
    assert follows(config(change("app", automatic=False))) == {}
    assert follows(config(change("app", automatic=None))) == {}


def test_a_deployment_config_waits_for_all_automatic_triggers_without_an_image() -> None:
    found = config(
        change("app"),
        change("proxy", istag="proxy:1"),
        change("setup", istag="setup:1", lastTriggeredImage="quay.io/acme/setup@sha256:00"),
        change("setup", istag="later:1", automatic=False),
    )
    required = {str(istag) for each in declared(found).fields for istag in each.requires}
    assert required == {"team-a/app:prod", "team-a/proxy:1"}
    assert {len(each.requires) for each in declared(found).fields} == {2}


def test_a_trigger_that_can_never_be_resolved_stops_the_others_unless_it_had_an_image() -> None:
    assert follows(config(change("app"), change("proxy", istag="no-tag"))) == {}
    assert len(follows(config(change("app"), change("proxy", istag="no-tag", lastTriggeredImage="x")))) == 1
    other = {**change("proxy")}
    other["imageChangeParams"] = {"automatic": True, "from": {"kind": "ImageStreamImage", "name": "a@sha256:0"}}
    assert len(follows(config(change("app"), other))) == 1


def test_the_parameters_of_a_deployment_config_count_whatever_the_type_is() -> None:
    found = config({**change("app"), "type": "ConfigChange"}, {"type": "imagechange"})
    assert list(follows(found)) == [f"{TEMPLATE}.containers[0].image"]
    assert [each.message for each in declared(found).findings if each.rule == "trigger-type"] == [
        "trigger 1: its type is 'ConfigChange', and OpenShift follows its imageChangeParams all the same. "
        "Write ImageChange.",
        "trigger 2: its type is 'imagechange', so it has no effect. Write ImageChange.",
    ]


def test_a_template_with_triggers_is_said_and_skipped() -> None:
    found = declared({"apiVersion": "template.openshift.io/v1", "kind": "Template", "objects": [config(change("app"))]})
    assert found.fields == ()
    assert [each.what for each in found.skipped] == ["OpenShift Template"]


def test_two_triggers_of_a_deployment_config_on_one_container_write_nothing() -> None:
    found = config(change("app"), change("app", "proxy", istag="other:1"))
    assert list(follows(found)) == [PROXY]
    assert rules(found) == {"conflicting-image"}


# BuildConfigs


def build(*triggers: object, source: object = None, strategy: str = "sourceStrategy") -> object:
    metadata = {"name": "web", "namespace": "team-a"}
    spec = {"strategy": {strategy: {"from": source}}, "triggers": triggers}
    return {"apiVersion": "build.openshift.io/v1", "kind": "BuildConfig", "metadata": metadata, "spec": spec}


def image_change(**params: object) -> dict[str, object]:
    return {"type": "ImageChange", "imageChange": params}


BUILDER = {"kind": "ImageStreamTag", "name": "builder:1", "namespace": "tools"}
LAST_ID = "spec.triggers[0].imageChange.lastTriggeredImageID"


@pytest.mark.parametrize("strategy", ["sourceStrategy", "dockerStrategy", "customStrategy"])
def test_a_build_config_keeps_its_last_image_where_the_key_is_there(strategy: str) -> None:
    found = build(image_change(lastTriggeredImageID=""), source=BUILDER, strategy=strategy)
    assert follows(found) == {LAST_ID: "tools/builder:1"}
    assert follows(build(image_change(), source=BUILDER, strategy=strategy)) == {}
    assert [note.what for note in declared(found).notes] == ["lastTriggeredImageID of a BuildConfig"]


def test_a_trigger_of_a_build_config_may_name_another_istag() -> None:
    base = {"kind": "ImageStreamTag", "name": "base:1"}
    triggers = [image_change(lastTriggeredImageID="x", **{"from": base}), image_change(lastTriggeredImageID="x")]
    assert list(follows(build(*triggers, source=BUILDER)).values()) == ["team-a/base:1", "tools/builder:1"]


def test_a_paused_trigger_of_a_build_config_is_marked() -> None:
    found = declared(build(image_change(lastTriggeredImageID="x", paused=True), source=BUILDER))
    assert [each.paused for each in found.fields] == [True]
    assert found.notes == ()


@pytest.mark.parametrize("source", [None, {"kind": "DockerImage", "name": "quay.io/acme/base:1"}, "text"])
def test_nothing_can_be_derived_for_a_strategy_that_follows_no_istag(source: object) -> None:
    found = build(image_change(lastTriggeredImageID="x"), source=source)
    assert follows(found) == {}
    assert rules(found) == {"trigger-source"}


def test_two_triggers_of_a_build_config_without_from_write_nothing() -> None:
    found = build(image_change(lastTriggeredImageID="x"), image_change(lastTriggeredImageID="y"), source=BUILDER)
    assert follows(found) == {}
    assert rules(found) == {"duplicate-trigger"}


# Whatever the text is


_KEYS = st.sampled_from(["from", "fieldPath", "paused", "kind", "name", "namespace", "containers", "image", "spec"])
_TEXTS = st.sampled_from(["ImageStreamTag", "app:prod", "ImageChange", by_name("app"), "spec.containers[0].image"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=8,
)
_BASES = st.sampled_from([TEMPLATE, "spec", JOB])
_NAMES = st.sampled_from(["app", "proxy", "setup", ""]) | st.text(max_size=3)
_PATHS = (
    st.builds(by_name, _NAMES, _BASES, st.sampled_from(["containers", "initContainers"]))
    | st.builds("{}.containers[{}].image".format, _BASES, st.integers(0, 3))
    | st.text(max_size=20)
)
_FLAGS = st.none() | st.booleans() | _VALUES
_TRIGGERS = st.lists(st.builds(entry, _PATHS, st.just("app:prod") | st.text(max_size=9), paused=_FLAGS), max_size=4)
_CONTAINERS = st.lists(
    st.fixed_dictionaries({"name": _NAMES}, optional={"image": st.text(max_size=9) | _VALUES}) | _VALUES, max_size=3
)
_KINDS = st.sampled_from(["Deployment", "CronJob", "Pod", "Fleet", "DeploymentConfig", "BuildConfig"])


def _is_text_of_a_container(found: ImageField, text: str) -> bool:
    (document,) = read_documents(text.encode(), "w.json")
    container, image = find(document.root, found.path[:-1]), find(document.root, found.path)
    value = image.value if isinstance(image, Scalar) else image
    return container is not None and (value is None or isinstance(value, str)) and value == found.value


@given(_TRIGGERS | st.text() | _VALUES, _CONTAINERS | _VALUES, _CONTAINERS | _VALUES, _BASES, _KINDS)
def test_no_annotation_gives_a_field_beside_the_text_of_a_container(
    triggers: object, containers: object, init: object, base: str, kind: str
) -> None:
    annotation = json.dumps(triggers) if not isinstance(triggers, str) else triggers
    text = json.dumps(workload(annotation, api="", kind=kind, base=base, containers=containers, init=init))
    found = declare({"w.json": text.encode()}, CONFIG)
    assert all(each.path[-1] == "image" and _is_text_of_a_container(each, text) for each in found.fields)
    if any("no trigger works" in finding.message for finding in found.findings):
        assert found.fields == ()


_PARAMS: st.SearchStrategy[Mapping[str, object]] = st.fixed_dictionaries(
    {"automatic": st.just(value=True) | _VALUES, "containerNames": st.lists(_NAMES) | _VALUES},
    optional={
        "from": st.just(BUILDER) | _VALUES,
        "lastTriggeredImage": st.just("") | _VALUES,
        "lastTriggeredImageID": st.just("") | _VALUES,
    },
)
_CONFIG_TRIGGERS = st.lists(
    st.fixed_dictionaries(
        {"type": st.just("ImageChange") | _VALUES},
        optional={"imageChangeParams": _PARAMS | _VALUES, "imageChange": _PARAMS | _VALUES},
    )
    | _VALUES,
    max_size=3,
)


@given(_CONFIG_TRIGGERS | _VALUES, _CONTAINERS | _VALUES, st.sampled_from(["BuildConfig", "DeploymentConfig"]))
def test_no_trigger_of_a_config_gives_a_field_beside_text(triggers: object, containers: object, kind: str) -> None:
    spec = {"triggers": triggers, "template": {"spec": {"containers": containers}}, "note": "ImageChange"}
    text = json.dumps({"kind": kind, "spec": spec})
    found = declare({"w.json": text.encode()}, CONFIG)
    assert all(_is_text_of_a_container(each, text) for each in found.fields)
    assert all(str(finding).isprintable() for finding in found.findings)
