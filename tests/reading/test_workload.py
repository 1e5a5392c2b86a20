"""Workloads beside streams: the findings of their trigger annotations, which never change what is declared."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.config import Config, NamespaceRule
from reconciler.model.finding import Severity
from reconciler.model.stream import Declarations
from reconciler.reading.declare import declare

STREAM = (
    "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: app, namespace: team-a}\n"
    "spec: {tags: [{name: prod}]}\n"
)
PATH = 'spec.template.spec.containers[?(@.name=="app")].image'
CONFIG = Config(default_namespace="team-a")


def workload(annotation: str, metadata: str = "", containers: str = "[{name: app}]") -> str:
    """A Deployment with the annotation as double-quoted YAML: JSON text is that too."""
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app\n{metadata}  annotations:\n"
        f"    image.openshift.io/triggers: {annotation}\n"
        f"spec: {{template: {{spec: {{containers: {containers}}}}}}}\n"
    )


def triggers(*names: str, path: str = PATH) -> str:
    found = [{"from": {"kind": "ImageStreamTag", "name": name}, "fieldPath": path} for name in names]
    return json.dumps(json.dumps(found))


def lines(found: Declarations) -> list[str]:
    return [str(finding) for finding in found.findings]


def declared(*texts: str, config: Config = CONFIG) -> Declarations:
    files: dict[str, bytes | None] = {f"{number}.yaml": text.encode() for number, text in enumerate(texts)}
    return declare(files, config)


def test_a_trigger_of_a_declared_istag_has_no_finding_wherever_the_stream_is_declared() -> None:
    before = declared(STREAM, workload(triggers("app:prod")))
    after = declared(workload(triggers("app:prod")), STREAM)
    assert lines(before) == lines(after) == []


def test_an_istag_is_of_the_workloads_namespace_else_its_paths_else_the_default() -> None:
    config = Config(default_namespace="d", namespaces=(NamespaceRule("test/**", "test"),))
    files: dict[str, bytes | None] = {
        "a.yaml": workload(triggers("app:prod")).encode(),
        "b.yaml": workload(triggers("app:prod"), "  namespace: own\n").encode(),
        "test/c.yaml": workload(triggers("app:prod")).encode(),
    }
    said = "which is not declared. Declare it, unless something pushes to it. [missing-source]"
    assert lines(declare(files, config)) == [
        f"a.yaml:6:5: warning: trigger 1 names d/app:prod, {said}",
        f"b.yaml:7:5: warning: trigger 1 names own/app:prod, {said}",
        f"test/c.yaml:6:5: warning: trigger 1 names test/app:prod, {said}",
    ]


def test_many_containers_are_cut_and_nothing_foreign_breaks_the_line() -> None:
    containers = json.dumps([{"name": f"c{number}"} for number in range(9)] + [{"name": 8}, "x", {}])
    path = 'spec.template.spec.containers[?(@.name=="a\u2028b")].image'
    found = declared(STREAM, workload(triggers("app:prod", path=path), containers=containers))
    assert lines(found) == [
        "1.yaml:6:5: warning: no trigger works: trigger 1 names a container that is not there, "
        'containers[?(@.name=="a\\u2028b")].image. Name one of c0, c1, c2, c3, c4, …. [trigger-container]'
    ]


def test_the_only_container_is_named() -> None:
    found = declared(STREAM, workload(triggers("app:prod", path="spec.template.spec.containers[1].image")))
    assert lines(found) == [
        "1.yaml:6:5: warning: no trigger works: trigger 1 names a container that is not there, "
        "containers[1].image. Name app. [trigger-container]"
    ]


@pytest.mark.parametrize("containers", ['[{name: "{{ name }}"}]', "null", "{}"])
def test_containers_that_are_not_known_are_not_judged(containers: str) -> None:
    assert lines(declared(STREAM, workload(triggers("app:prod"), containers=containers))) == []


def test_a_workload_to_be_rendered_is_skipped_and_holds_nothing_back() -> None:
    found = declared(STREAM, workload(triggers("app:{{ tag }}")))
    assert [(each.file, each.line, each.what) for each in found.skipped] == [("1.yaml", 6, "file with template braces")]
    assert found.findings == ()
    assert found.failed_files == frozenset()


def test_a_file_with_the_annotation_alone_is_looked_at() -> None:
    said = ["0.yaml:6:5: warning: the annotation is a mapping, not a list. Write a list of triggers in [ and ]. "]
    assert lines(declared(workload("'{}'"))) == [said[0] + "[trigger-value]"]
    utf16 = declare({"0.yaml": b"\xff\xfe" + workload("'{}'").encode("utf-16-le")}, CONFIG)
    assert lines(utf16) == [said[0] + "[trigger-value]"]


BROKEN = "metadata:\n  annotations:\n    image.openshift.io/triggers: '[]\n"


@pytest.mark.parametrize(("text", "fails"), [(BROKEN, True), (f"kind: Deployment\n{BROKEN}", False)])
def test_a_broken_file_with_only_the_annotation_is_ignored_unless_it_declared_something(
    text: str, *, fails: bool
) -> None:
    files: dict[str, bytes | None] = {"a.yaml": text.encode()}
    assert declare(files, CONFIG) == Declarations()
    assert declare(files, CONFIG, lambda _: False) == Declarations()
    assert declare(files, CONFIG, lambda _: True).failed_files == (frozenset({"a.yaml"}) if fails else frozenset())


_KEYS = st.sampled_from(["from", "fieldPath", "paused", "pause", "kind", "name", "namespace", "apiVersion"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["ImageStreamTag", "app:prod", PATH]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=10,
)
_SOURCES = st.fixed_dictionaries({"kind": st.just("ImageStreamTag"), "name": st.text() | st.just("app:prod")})
_TRIGGERS = st.fixed_dictionaries({"from": _SOURCES, "fieldPath": st.text() | st.just(PATH), "pause": _VALUES})


@given(
    st.text() | _VALUES.map(json.dumps) | st.lists(_TRIGGERS, max_size=3).map(json.dumps) | _VALUES,
    st.none() | _VALUES | st.fixed_dictionaries({"template": st.fixed_dictionaries({"spec": _VALUES})}),
)
def test_no_annotation_changes_how_streams_are_declared(annotation: object, spec: object) -> None:
    """Findings of workloads are warnings; what a pass works with stays the same."""
    annotations = {"image.openshift.io/triggers": annotation}
    text = json.dumps({"kind": "Deployment", "metadata": {"annotations": annotations}, "spec": spec})
    files: dict[str, bytes | None] = {"is.yaml": STREAM.encode(), "is.json": text.encode()}
    found = declare(files, CONFIG, lambda _: True)
    alone = declare({"is.yaml": STREAM.encode()}, CONFIG, lambda _: True)
    assert dataclasses.replace(found, findings=(), skipped=()) == dataclasses.replace(alone, findings=())
    assert {finding.severity for finding in found.findings} <= {Severity.WARNING}
    assert all(str(finding).isprintable() for finding in found.findings)
