"""The page about credentials names what the program reads, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
READERS = [
    *(ROOT / "reconciler/registry/cloud").glob("*.py"),
    ROOT / "reconciler/registry/credentials/keyring.py",
    ROOT / "reconciler/transport/certificate.py",
]
VARIABLE = re.compile(r"\b(?:AWS|AZURE|GOOGLE|GCE|XDG|SSL|CURL|REQUESTS|DOCKER|REGISTRY)(?:_[A-Z0-9]+)+\b")


def test_every_variable_is_on_the_page_and_no_other() -> None:
    page = set(VARIABLE.findall((ROOT / "docs/credentials.md").read_text(encoding="utf-8")))
    read = {name for path in READERS for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    read |= {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"}
    assert page == read


def test_the_page_has_every_field_of_a_registry_rule_that_is_about_credentials() -> None:
    page = (ROOT / "docs/credentials.md").read_text(encoding="utf-8")
    for name in ("pullSecrets", "namespaces", "identity", "caFile", "certFile", "keyFile", "allowPrivate"):
        assert f"`{name}" in page
