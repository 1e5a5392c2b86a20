"""docs/webhooks.md, the schema and the program agree about the senders of webhooks, each of which has a module."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from reconciler.server.hooks import git, registry
from reconciler.server.hooks.senders import GIT_SENDERS, REGISTRY_SENDERS

ROOT = Path(__file__).parents[2]
TABLES = {"receivers": ("kind", REGISTRY_SENDERS, registry), "gitReceivers": ("git kind", GIT_SENDERS, git)}


def documented(head: str) -> list[str]:
    """The kinds in the first column of the page's table with this head, in the page's order."""
    page = (ROOT / "docs" / "webhooks.md").read_text()
    table = page.partition(f"| {head} | at the sender |\n")[2].partition("\n\n")[0]
    return [kind for row in table.splitlines()[1:] for kind in re.findall(r"`([a-z-]+)`", row.split("|")[1])]


def declarable(field: str) -> list[str]:
    """The kinds that the schema of an Installation allows in one field."""
    schema = json.loads((ROOT / "schemas" / "installation.schema.json").read_text())
    item = schema["properties"]["spec"]["properties"][field]["items"]
    return cast("list[str]", item["properties"]["kind"]["enum"])


@pytest.mark.parametrize("field", TABLES)
def test_every_sender_has_a_row_on_the_page(field: str) -> None:
    head, senders, _ = TABLES[field]
    assert sorted(documented(head)) == sorted(senders)


@pytest.mark.parametrize("field", TABLES)
def test_every_sender_can_be_declared(field: str) -> None:
    assert declarable(field) == sorted(TABLES[field][1])


@pytest.mark.parametrize("field", TABLES)
def test_every_sender_has_a_module_of_its_name(field: str) -> None:
    _, senders, package = TABLES[field]
    modules: Mapping[str, Path] = {path.stem: path for path in Path(package.__path__[0]).glob("*.py")}
    declaring = {name for name, path in modules.items() if re.search(r"^SENDER: ", path.read_text(), re.MULTILINE)}
    assert declaring == {kind.replace("-", "_") for kind in senders}


def test_a_sender_is_known_by_its_own_kind() -> None:
    for senders in (REGISTRY_SENDERS, GIT_SENDERS):
        assert {kind: sender.kind for kind, sender in senders.items()} == {kind: kind for kind in senders}


def test_the_page_says_which_senders_need_a_registry() -> None:
    page = (ROOT / "docs" / "webhooks.md").read_text()
    named = page.partition("it is needed where events do not say\n(")[2].partition(")")[0]
    assert sorted(named.lower().split(", ")) == sorted(
        kind for kind, sender in REGISTRY_SENDERS.items() if sender.needs_registry
    )
