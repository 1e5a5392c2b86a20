"""A cloud login is one module and one row of the table; the schema and the page name the same clouds."""

from __future__ import annotations

import json
from pathlib import Path

from reconciler.model.config import CloudIdentity
from reconciler.registry.cloud.identity import CLOUDS

ROOT = Path(__file__).parents[2]


def test_every_cloud_of_the_configuration_has_a_row_and_no_other() -> None:
    assert list(CLOUDS) == list(CloudIdentity)


def test_every_module_that_makes_an_exchange_is_in_the_table() -> None:
    folder = ROOT / "reconciler/registry/cloud"
    modules = {path.stem for path in folder.glob("*.py") if "def exchange_for" in path.read_text(encoding="utf-8")}
    assert modules == {make.__module__.rpartition(".")[2] for make in CLOUDS.values()}


def test_the_schema_and_the_page_name_every_cloud() -> None:
    schema = json.loads((ROOT / "schemas/installation.schema.json").read_text(encoding="utf-8"))
    rule = schema["properties"]["spec"]["properties"]["registries"]["items"]["properties"]
    assert rule["identity"]["enum"] == [cloud.value for cloud in CLOUDS]
    page = (ROOT / "docs/credentials.md").read_text(encoding="utf-8").split("## Clouds")[1]
    assert {cloud for cloud in CLOUDS if f"`identity: {cloud}`" in page} == set(CLOUDS)
    rows = [line for line in page.split("\n\n")[2].splitlines() if line.startswith("| ")]
    assert len(rows) - 2 == len(CLOUDS)  # two lines are the table's head
