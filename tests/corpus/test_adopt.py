"""Whole catalogues adopted beside the files that people keep, from the form that a cluster gives these files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.documents.object_kind import Kind, classify
from reconciler.documents.read.document import read_documents
from reconciler.edit.adopt.adoption_planner import plan_adoption
from reconciler.edit.adopt.export import ExportOptions
from reconciler.edit.adopt.export_reader import read_exports
from reconciler.gitstore import Repository
from reconciler.model.config import Config
from reconciler.model.finding import Severity
from reconciler.reading.declare import declare
from reconciler.reconcile.writer import Writer
from tests.kit.branch import BOT
from tests.kit.clock import FakeClock
from tests.kit.corpus import CORPUS
from tests.kit.export import listed
from tests.kit.git import GitKit
from tests.kit.world import digest

pytestmark = pytest.mark.corpus


def catalogue(folder: Path) -> dict[str, bytes]:
    """The files of a folder that declare streams without an error, each stream once."""
    found: dict[str, bytes] = {}
    known: set[object] = set()
    for path in sorted(each for each in folder.rglob("*") if each.suffix in {".yaml", ".yml", ".json"}):
        name, data = str(path.relative_to(folder)), path.read_bytes() if path.is_file() else b""
        declared = declare({name: data}, Config())
        wrong = any(finding.severity is Severity.ERROR for finding in declared.findings)
        if declared.streams and not wrong and not known & set(declared.streams):
            known |= set(declared.streams)
            found[name] = data
    return found


def as_a_cluster(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """The streams as a server returns them: defaults filled in, and an event for every tag that is imported."""
    items = [item for name, data in files.items() for each in read_documents(data, name) for item in classify(each)]
    streams = [json.loads(json.dumps(item.plain())) for item in items if item.kind is Kind.STREAM]
    for stream in streams:
        stream["metadata"] = {"namespace": "default", **stream["metadata"], "uid": "4f0b9221"}
        tags = (stream.get("spec") or {}).get("tags") or []
        for tag in tags:
            tag["importPolicy"] = {"importMode": "Legacy", **(tag.get("importPolicy") or {})}
            tag["referencePolicy"] = tag.get("referencePolicy") or {"type": "Source"}
        imported = [tag for tag in tags if (tag.get("from") or {}).get("kind") == "DockerImage"]
        stream["status"] = {"tags": [_status(tag) for tag in imported if not tag.get("reference")]}
    return streams


def _status(tag: Mapping[str, Any]) -> dict[str, object]:
    head, slash, last = tag["from"]["name"].partition("@")[0].rpartition("/")
    pull_spec = f"{head}{slash}{last.partition(':')[0]}@{digest('a')}"
    event = {"created": "2024-05-01T00:00:00Z", "dockerImageReference": pull_spec, "image": digest("a")}
    return {"tag": tag["name"], "items": [event]}


@pytest.mark.parametrize(
    "folder", ["nerc-images__nerc-images", "bcgov__moh-prime", "openshift__cluster-samples-operator"]
)
def test_a_catalogue_is_adopted_whole_beside_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    files = catalogue(CORPUS / folder)
    repository = GitKit(tmp_path).alone(monkeypatch).repository()
    config = {"reconciler.yaml": "apiVersion: reconciler/v1alpha1\nkind: Config\n"}
    repository.commit({**files, **config}, "Keep a catalogue")
    export = read_exports({"e.json": listed(*as_a_cluster(files))}, ExportOptions("default"))
    writer = Writer(Repository.discover(repository.path), FakeClock(), BOT)
    done = plan_adoption(writer, repository.head(), export)
    assert [problem.message for problem in done.problems] == []
    assert len(done.streams) == len(export.streams) > 5
    before, after = declare(files, Config()), declare({**files, **done.modes}, Config())
    assert [str(finding) for finding in after.findings] == [str(finding) for finding in before.findings]
    assert done.modes.keys() <= files.keys()
