"""docs/notifications.md, the schemas, the table and the modules agree about the kinds of sinks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from reconciler.model.change import ChangeKind
from reconciler.model.notification import TEST_EVENT
from reconciler.model.sink_kind import SINK_KINDS, SecretUse
from reconciler.notify import kinds
from reconciler.notify.kinds.cloudevents import TYPE_PREFIX
from reconciler.notify.senders import HTTP_KINDS
from reconciler.reading.owned_file import read_config

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "notifications.md"
NO_KIND = {"__init__"}


def schema(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


def rows(head: str) -> list[list[str]]:
    """The cells of the page's table with this head."""
    table = PAGE.read_text(encoding="utf-8").partition(f"| {head} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in row.strip()[1:-1].split("|")] for row in table.splitlines()[2:]]


def test_every_kind_has_a_row_with_its_use_of_the_secret_and_its_options() -> None:
    found = {cells[0].strip("`"): (cells[2], set(re.findall(r"`([a-z]+)`", cells[3]))) for cells in rows("kind")}
    words = {
        SecretUse.SIGNATURE: "key",
        SecretUse.TOKEN: "token",
        SecretUse.ADDRESS: "address",
        SecretUse.PROGRAM: "address",
    }
    wanted = {
        name: (
            f"{words[kind.secret]}{'' if kind.needs_secret else ', or none'}",
            {option.name for option in kind.options},
        )
        for name, kind in SINK_KINDS.items()
    }
    assert found == wanted


def test_every_kind_has_a_section_with_an_example_that_is_right() -> None:
    text = PAGE.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### `([a-z-]+)`[^\n]*\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    assert list(sections) == sorted(SINK_KINDS)
    for name, section in sections.items():
        example = re.search(r"```yaml\n(.*?)```", section, re.DOTALL)
        assert example, name
        lines = "".join(f"  {line}\n" for line in example[1].splitlines())
        data = f"apiVersion: reconciler/v1alpha1\nkind: Config\nspec:\n{lines}".encode()
        config, findings = read_config(data, name)
        assert (name, findings) == (name, ())
        assert config is not None
        assert [sink.kind for sink in config.sinks] == [name]


def test_the_schema_has_the_kinds_and_the_changes() -> None:
    sink = schema("config")["properties"]["spec"]["properties"]["sinks"]["items"]["properties"]
    assert sink["kind"]["enum"] == list(SINK_KINDS)
    assert sink["changes"]["items"]["enum"] == list(ChangeKind)
    assert schema("notification")["properties"]["event"]["enum"] == [*ChangeKind, TEST_EVENT]


def test_every_kind_has_a_module_of_its_name() -> None:
    modules = {path.stem for path in Path(kinds.__path__[0]).glob("*.py")} - NO_KIND
    assert modules == {name.replace("-", "_") for name in SINK_KINDS}
    assert {*HTTP_KINDS, "apprise"} == set(SINK_KINDS)


def test_the_page_has_every_field_of_a_notification() -> None:
    named = [re.findall(r"`([A-Za-z]+)`", cells[0]) for cells in rows("field")]
    assert [name for names in named for name in names] == list(schema("notification")["properties"])


def test_the_page_names_the_type_of_a_cloud_event() -> None:
    assert f"`{TYPE_PREFIX}" in PAGE.read_text(encoding="utf-8")
