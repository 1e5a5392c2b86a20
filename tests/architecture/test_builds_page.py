"""docs/builds.md: every example of it can be read, and every sink of it is one that the program takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from reconciler.documents.read.document import read_documents
from reconciler.model.sink_kind import SINK_KINDS, SecretUse
from reconciler.notify.address import forbidden_use
from reconciler.reading.owned_file import read_config, read_installation

PAGE = Path(__file__).parents[2] / "docs" / "builds.md"
SECTIONS = {
    "Tekton": "tekton",
    "GitHub": "github",
    "GitLab": "gitlab",
    "Jenkins": "jenkins",
    "Argo Events": "argo-events",
    "BuildConfig": "openshift-build",
}


def sections() -> dict[str, str]:
    text = PAGE.read_text(encoding="utf-8")
    return dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))


def blocks(section: str, language: str = "yaml") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", sections()[section], re.MULTILINE | re.DOTALL)


def spec(kind: str, text: str) -> bytes:
    inner = "".join(f"  {line}\n" for line in text.splitlines())
    return f"apiVersion: reconciler/v1alpha1\nkind: {kind}\nspec:\n{inner}".encode()


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_has_the_sink_and_what_the_installation_needs_for_it(section: str) -> None:
    sink_text, *others = blocks(section)
    config, findings = read_config(spec("Config", sink_text), "reconciler.yaml")
    assert config is not None, findings
    (sink,) = config.sinks
    assert (sink.kind, findings) == (SECTIONS[section], ())
    named = [text for text in others if re.match(r"(?:sinkSecrets|allowPrivate):", text)]
    installation, findings = read_installation(spec("Installation", "".join(named) or "{}"), "installation.yaml")
    assert installation is not None, findings
    assert forbidden_use(sink, installation) is None
    if SINK_KINDS[sink.kind].secret is SecretUse.TOKEN:
        assert [rule.name for rule in installation.sink_secrets] == [sink.secret]
    if "svc.cluster.local" in sink.url:
        assert installation.allow_private


@pytest.mark.parametrize("section", SECTIONS)
def test_every_document_of_a_section_can_be_read(section: str) -> None:
    for text in blocks(section):
        assert list(YAML(typ="safe").load_all(text))
        assert read_documents(text.encode(), section)


def test_the_section_of_builds_names_every_build_system() -> None:
    assert set(SECTIONS) <= set(sections())
