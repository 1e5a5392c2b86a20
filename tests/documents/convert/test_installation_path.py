"""Paths of an Installation are absolute, from the folder of the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.documents.convert.config import to_installation
from reconciler.documents.convert.installation_path import PATH_KEYS
from reconciler.resources import schema_text

PLAIN = {
    "spec": {
        "registries": [{"prefix": "r", "caFile": "ca.pem", "certFile": "tls/c.pem", "keyFile": "/run/key"}],
        "pullSecrets": ["pull", "../shared/pull"],
        "secretsDir": "secrets",
        "signing": {"format": "ssh", "trusted": "trusted", "keyFile": "key"},
    }
}


def test_every_path_starts_at_the_folder_of_the_installation() -> None:
    made = to_installation(PLAIN, "/etc/imagestream/installation.yaml")
    assert made.paths == (
        ("registries.caFile", "/etc/imagestream/ca.pem"),
        ("registries.certFile", "/etc/imagestream/tls/c.pem"),
        ("registries.keyFile", "/run/key"),
        ("pullSecrets", "/etc/imagestream/pull"),
        ("pullSecrets", "/etc/imagestream/../shared/pull"),
        ("secretsDir", "/etc/imagestream/secrets"),
        ("signing.trusted", "/etc/imagestream/trusted"),
        ("signing.keyFile", "/etc/imagestream/key"),
    )
    rule, signing = made.registries[0], made.signing
    assert signing is not None
    used = (rule.ca_file, rule.cert_file, rule.key_file, *made.pull_secrets, made.secrets_dir)
    assert (*used, signing.trusted, signing.key_file) == tuple(path for _, path in made.paths)


def test_a_relative_file_is_in_the_working_folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert to_installation(PLAIN, "a/i.yaml").secrets_dir == f"{tmp_path}/a/secrets"


def keys(value: object, key: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property of a schema with its subschema; the items of an array have the name of the array."""
    if isinstance(value, dict):
        for name, each in value.get("properties", {}).items():
            yield name, each
            yield from keys(each, name)
        if "items" in value:
            yield key, value["items"]
            yield from keys(value["items"], key)


def test_the_schema_and_the_program_agree_on_what_is_a_path() -> None:
    found = list(keys(json.loads(schema_text("installation"))))
    assert {name for name, schema in found if schema.get("format") == "path"} == PATH_KEYS
    assert {name for name, _ in found if name.endswith(("File", "Dir"))} <= PATH_KEYS
