"""The JSON forms that several commands print; the schemas in `schemas/` describe them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import click

from reconciler.model.change import Change
from reconciler.model.finding import Finding
from reconciler.model.plan import Problem
from reconciler.model.stream import Source

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | bool | None


def echo_json(value: Json) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def source_json(source: Source | None) -> Json:
    """A source as the formats have it."""
    if source is None:
        return None
    form: dict[str, Json] = {"kind": str(source.kind), "name": source.name}
    return form | {"namespace": source.namespace} if source.namespace else form


def change_json(change: Change) -> dict[str, Json]:
    """A change as `plan -o json` has it."""
    return {
        "tag": str(change.tag),
        "change": str(change.kind),
        "image": change.image,
        "previous": change.previous,
        "source": source_json(change.source),
        "cause": change.cause,
        "files": list(change.files),
        "workloads": [
            {"file": edit.field.file, "field": edit.field.field, "previous": edit.field.value, "value": edit.value}
            for edit in change.edits
        ],
    }


def problem_json(problem: Problem) -> dict[str, Json]:
    """A problem as `plan -o json` has it."""
    return {
        "tag": str(problem.tag) if problem.tag else None,
        "reason": str(problem.reason),
        "message": problem.message,
        "file": problem.file,
        "line": problem.line,
    }


def finding_json(finding: Finding) -> Json:
    """A finding as `validate -o json` has it."""
    return {
        "file": finding.position.file,
        "line": finding.position.line,
        "column": finding.position.column,
        "severity": str(finding.severity),
        "rule": finding.rule,
        "path": finding.path,
        "message": finding.message,
    }
