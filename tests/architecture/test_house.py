"""The packages and modules are as the architecture page describes them, and small enough to read."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.main import cli

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "reconciler"
PAGE = ROOT / "docs" / "architecture.md"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 400


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_has_a_docstring_and_stays_small(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= LONGEST


def table(title: str) -> dict[str, list[str]]:
    """The table of a section of the page: the cells of each row by its first cell, without backticks."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in section.splitlines() if line.startswith("|")
    ]
    return {cells[0].strip("`"): cells[1:] for cells in rows[2:]}


def packages(folder: Path) -> set[str]:
    return {path.parent.relative_to(PACKAGE).as_posix() for path in folder.rglob("__init__.py")} - {"."}


def contracts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    return found


def test_every_room_has_a_row_that_says_what_is_in_it() -> None:
    rows = table("Rooms")
    assert rows.keys() == {name for name in packages(PACKAGE) if "/" not in name}
    assert [name for name, cells in rows.items() if not cells[0]] == []


def test_a_room_is_the_only_importer_of_what_its_contracts_protect() -> None:
    protected: dict[str, set[str]] = {}
    for contract in contracts():
        if contract["type"] == "protected":
            room = contract["allowed_importers"][0].split(".")[1]
            names = {name.removeprefix("reconciler.") for name in contract["protected_modules"]}
            protected.setdefault(room, set()).update(names)
    listed = {name: set(re.findall(r"`([\w.]+)`", (*cells, "")[1])) for name, cells in table("Rooms").items()}
    assert {name: names for name, names in listed.items() if names} == protected


def test_the_floors_on_the_page_are_those_that_are_held() -> None:
    block = PAGE.read_text(encoding="utf-8").partition("```\n")[2].partition("```")[0]
    (floors,) = [contract["layers"] for contract in contracts() if contract["id"] == "floors"]
    assert [re.split(r" {2,}", line)[0] for line in block.splitlines()] == floors


def test_the_modules_that_read_the_environment_are_those_on_the_page() -> None:
    readers = {path.relative_to(PACKAGE).as_posix() for path in MODULES if _reads_environment(path)}
    assert table("Who reads the environment").keys() == readers


def _reads_environment(module: Path) -> bool:
    """Whether code names `os.environ` or one of its shorter forms; texts and comments do not count."""
    names = {"environ", "environb", "getenv", "getenvb"}
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            if node.attr in names:
                return True
        elif isinstance(node, ast.ImportFrom) and node.module == "os" and names & {name.name for name in node.names}:
            return True
    return False


def test_every_inner_folder_is_on_the_page() -> None:
    assert table("Inner folders").keys() == {name for name in packages(PACKAGE) if "/" in name}


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs/decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    records = {path.name for path in folder.glob("[0-9]*.md")}
    assert records
    assert {name for name in records if f"({name})" not in listed} == set()


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_every_file_and_folder_that_a_page_names_is_there(page: str) -> None:
    words = re.findall(r"`([^`\s]+)`", (ROOT / page).read_text(encoding="utf-8"))
    named = [word for word in words if "/" in word and re.fullmatch(r"[\w./-]+(?:\.(?:py|md|json|toml|txt)|/)", word)]
    named = [word for word in named if not {"NAME", "KIND"} & set(re.split(r"[./]", word))]
    assert named
    assert [word for word in named if not (ROOT / word).exists() and not (PACKAGE / word).exists()] == []


def test_every_module_of_a_command_is_in_the_table_of_commands() -> None:
    modules = {path.stem.rstrip("_").replace("_", "-") for path in (PACKAGE / "cli" / "command").glob("[a-z]*.py")}
    assert modules == set(cli.commands)


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| command | does |")[2].partition("\n\n")[0]
    assert {name for name in cli.commands if f"`{name}`" not in table} == set()


def test_every_program_is_started_with_an_environment_of_its_own() -> None:
    """The inherited environment may contain the password for the git host (`reconciler.child`)."""
    found = [(module, call) for module in MODULES for call in ast.walk(ast.parse(module.read_text(encoding="utf-8")))]
    starts = {"run", "Popen", "call", "check_call", "check_output"}
    for module, call in found:
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in starts:
            owner = call.func.value
            if isinstance(owner, ast.Name) and owner.id == "subprocess":
                assert "env" in {word.arg for word in call.keywords}, f"{module}:{call.lineno}"
