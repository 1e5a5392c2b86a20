"""The page about credentials names exactly the variables and fields that the program reads."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
READERS = [
    *(ROOT / "reconciler/registry/cloud").glob("*.py"),
    ROOT / "reconciler/registry/credentials/keyring.py",
    ROOT / "reconciler/transport/certificate.py",
]
VARIABLE = re.compile(r"(?<![\w/])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
BY_LIBRARIES = {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
"""Variables that requests reads for us."""


def variables(module: Path) -> set[str]:
    """Every text of a module that looks like the name of a variable."""
    texts = (
        node.value for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant)
    )
    return {text for text in texts if isinstance(text, str) and VARIABLE.fullmatch(text)}


def test_every_variable_is_on_the_page_and_no_other() -> None:
    page = set(VARIABLE.findall((ROOT / "docs/credentials.md").read_text(encoding="utf-8")))
    assert page - BY_LIBRARIES == {name for path in READERS for name in variables(path)}


def test_the_page_has_every_field_of_a_registry_rule_that_is_about_credentials() -> None:
    page = (ROOT / "docs/credentials.md").read_text(encoding="utf-8")
    for name in ("pullSecrets", "namespaces", "identity", "caFile", "certFile", "keyFile", "allowPrivate"):
        assert f"`{name}" in page
