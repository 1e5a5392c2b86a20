"""The house is as the architecture page says, and small enough to read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from reconciler.cli.main import cli

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "reconciler").rglob("*.py"))
LONGEST = 400


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for_and_stays_small(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= LONGEST


def test_every_room_is_on_the_architecture_page() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rooms = {path.name for path in (ROOT / "reconciler").iterdir() if (path / "__init__.py").exists()}
    assert {room for room in rooms if not re.search(rf"\b{room}\b", page)} == set()


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs/decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    records = {path.name for path in folder.glob("[0-9]*.md")}
    assert records
    assert {name for name in records if f"({name})" not in listed} == set()


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| command | does |")[2].partition("\n\n")[0]
    assert {name for name in cli.commands if f"`{name}`" not in table} == set()


def test_whoever_starts_a_program_says_which_environment_it_gets() -> None:
    """Inherited as it is, the environment may hold the password for the git host (`reconciler.child`)."""
    found = [(module, call) for module in MODULES for call in ast.walk(ast.parse(module.read_text(encoding="utf-8")))]
    starts = {"run", "Popen", "call", "check_call", "check_output"}
    for module, call in found:
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in starts:
            owner = call.func.value
            if isinstance(owner, ast.Name) and owner.id == "subprocess":
                assert "env" in {word.arg for word in call.keywords}, f"{module}:{call.lineno}"
