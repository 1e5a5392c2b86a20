"""The schema files: they are valid, have descriptions, and their examples follow them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.resources import root, schema_text
from reconciler.schema.check import check

NAMES = [
    "imagestream",
    "taghistory",
    "taghold",
    "config",
    "installation",
    "plan",
    "status",
    "history",
    "resolve",
    "validate",
    "find",
    "image-lookup",
    "set-triggers",
    "verify",
    "adopt",
    "describe",
    "notification",
    "sinks",
]
INPUTS = NAMES[:5]


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(schema_text(name))
    return loaded


def nested(value: object) -> list[dict[str, Any]]:
    """Every subschema that describes a property."""
    found: list[dict[str, Any]] = []
    if isinstance(value, dict):
        found.extend(each for each in value.get("properties", {}).values())
        for each in value.values():
            found.extend(nested(each))
    elif isinstance(value, list):
        for each in value:
            found.extend(nested(each))
    return found


def test_the_schemas_are_exactly_these() -> None:
    files = {path.name.removesuffix(".schema.json") for path in (root() / "schemas").iterdir()}
    assert files == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_follows_its_own_standard(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema(name)["$id"].endswith(f":{name}")
    assert schema(name)["title"]
    assert schema(name)["description"]


@pytest.mark.parametrize("name", INPUTS)
def test_every_field_has_a_description_for_editors(name: str) -> None:
    assert [field for field in nested(schema(name)) if not field.get("description")] == []


@pytest.mark.parametrize("name", INPUTS)
def test_the_examples_are_right(name: str) -> None:
    examples = schema(name)["examples"]
    assert examples
    assert [check(name, example) for example in examples] == [[] for _ in examples]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (
            "plan",
            {
                "revision": "a" * 40,
                "changes": [
                    {
                        "tag": "team-a/app:prod",
                        "change": "move",
                        "image": "sha256:" + "a" * 64,
                        "previous": None,
                        "source": {"kind": "DockerImage", "name": "quay.io/acme/app:1.4.2"},
                        "cause": "scheduled",
                        "files": ["history/team-a/app/prod.yaml"],
                    }
                ],
                "problems": [
                    {"tag": "team-a/app:edge", "reason": "Unreachable", "message": "x", "file": "f", "line": 12}
                ],
                "push": "done",
            },
        ),
        (
            "status",
            {
                "tags": [
                    {
                        "tag": "a/b:c",
                        "source": None,
                        "recorded": None,
                        "live": None,
                        "state": "Empty",
                        "message": "",
                    }
                ]
            },
        ),
        ("history", {"tag": "a/b:c", "items": []}),
        ("find", {"image": None, "tags": []}),
        ("sinks", {"branch": "main", "commit": "1" * 40, "sinks": []}),
        ("verify", {"commits": 12, "istags": 3, "imageFields": 2, "breaks": [], "warnings": []}),
        ("resolve", {"name": "a/b:c", "image": None, "dockerImageReference": "quay.io/acme/app:1"}),
        (
            "validate",
            {
                "findings": [
                    {
                        "file": "f",
                        "line": 1,
                        "column": 1,
                        "severity": "error",
                        "rule": "duplicate-tag",
                        "path": "spec.tags[0]",
                        "message": "m",
                    }
                ],
                "notes": [{"file": "f", "line": 1, "column": 1, "what": "export of a live stream", "why": "w"}],
                "skipped": [{"file": "f", "line": 1, "what": "OpenShift Template", "why": "w"}],
                "streams": 1,
                "tags": 2,
            },
        ),
    ],
)
def test_example_outputs_follow_their_schemas(name: str, value: object) -> None:
    assert check(name, value) == []
