"""Workloads of the corpus: what follows an istag leads to text, and annotations of people end as they are known to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import Scalar, find
from reconciler.model.config import Config
from reconciler.model.finding import Severity
from reconciler.model.image_field import ImageField
from reconciler.model.stream import Declarations
from reconciler.reading.declare import declare
from reconciler.settings import MAX_FILE_BYTES
from tests.kit.corpus import CORPUS

pytestmark = pytest.mark.corpus

CONFIG = Config(default_namespace="default")
_WORDS = (b"image.openshift.io/triggers", b"ImageChange", b"lookupPolicy", b"resolve-names")
_LAST = {"lastTriggeredImage", "lastTriggeredImageID"}

# The annotations, by the beginning of their note: the rules that are broken, and the number of fields on a Deployment.
ANNOTATIONS: dict[str, tuple[set[str], int]] = {
    "OpenShift web console before the fix of OCPBUGS-26073": ({"unknown-field"}, 1),
    "console between OCPBUGS-26073": ({"trigger-value"}, 0),
    "invalid JSON: quotes inside": ({"trigger-value"}, 0),
    "invalid JSON: single quotes": ({"trigger-value"}, 0),
    "from.name has no tag": ({"trigger-source"}, 0),
    "Helm inside the JSON": (set(), 0),
    "blanks after": (set(), 1),
    "paused true as a boolean": ({"trigger-source", "trigger-container"}, 0),
    "tabs and a line break": ({"unknown-field"}, 1),
    "two triggers; quotes not escaped": ({"trigger-value"}, 0),
    "on kind: Service": ({"unknown-field"}, 1),
    "annotation on a DeploymentConfig": (set(), 1),
    "on an apps/v1 Deployment that ALSO": (set(), 1),
    "double-quoted YAML scalar": (set(), 1),
    "CronJob (batch/v1beta1)": (set(), 0),
}


def contents() -> Iterator[tuple[str, bytes]]:
    """The files of the corpus that may have triggers or lookups."""
    for path in sorted(CORPUS.rglob("*")):
        if path.suffix in {".yaml", ".yml", ".json"} and "_history" not in path.parts and path.is_file():
            data = path.read_bytes()
            if len(data) <= MAX_FILE_BYTES and any(word in data for word in _WORDS):
                yield str(path.relative_to(CORPUS)), data


@cache
def outcomes() -> dict[str, Declarations]:
    return {file: declare({file: data}, CONFIG) for file, data in contents()}


def test_every_field_leads_to_text_or_to_a_missing_image_of_a_container() -> None:
    for file, data in contents():
        fields = outcomes()[file].fields
        documents = read_documents(data, file) if fields else []
        for field in fields:
            assert field.path[-1] in {"image", *_LAST}
            assert is_text(find(documents[field.document].root, field.path), field), f"{file}: {field.field}"


def is_text(node: object, field: ImageField) -> bool:
    value = node.value if isinstance(node, Scalar) else node
    return (value is None or isinstance(value, str)) and value == field.value


def test_the_fields_of_the_corpus_are_these() -> None:
    fields = [each for found in outcomes().values() for each in found.fields]
    counts = Counter((each.via.value, each.owner.split()[0], str(each.path[-1])) for each in fields)
    assert counts == {
        ("trigger", "DeploymentConfig", "image"): 186,
        ("trigger", "DeploymentConfig", "lastTriggeredImage"): 24,
        ("trigger", "BuildConfig", "lastTriggeredImageID"): 14,
        ("trigger", "Deployment", "image"): 13,
        ("trigger", "DaemonSet", "image"): 2,
        ("trigger", "ReplicaSet", "image"): 1,
        ("lookup", "Deployment", "image"): 1,
    }


def test_findings_of_triggers_are_warnings() -> None:
    findings = [each for found in outcomes().values() for each in found.findings if each.rule.startswith("trigger-")]
    assert findings
    assert {each.severity for each in findings} == {Severity.WARNING}
    assert all(str(each).isprintable() for each in findings)


def lines() -> list[dict[str, str]]:
    text = (CORPUS / "trigger-annotations.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_every_annotation_is_known() -> None:
    assert len(lines()) == len(ANNOTATIONS)


@pytest.mark.parametrize("note", ANNOTATIONS)
def test_an_annotation_ends_as_it_is_known_to(note: str) -> None:
    (line,) = [each for each in lines() if each["note"].startswith(note)]
    names = ("app", "api", "example", "nginx", "data-producer", "okd-tutorial-2-src", "jdt-salesweb-production")
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "annotations": {"image.openshift.io/triggers": line["value"]}},
        "spec": {"template": {"spec": {"containers": [{"name": name, "image": " "} for name in names]}}},
    }
    found = declare({"w.json": json.dumps(workload).encode()}, CONFIG)
    assert {each.rule for each in found.findings} - {"missing-source"} == ANNOTATIONS[note][0]
    assert len(found.fields) == ANNOTATIONS[note][1]
