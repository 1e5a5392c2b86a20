"""The files for contributors and public CI fit the Makefile: existing targets, pinned actions, no right to write."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
YAML_FILES = [*sorted((ROOT / ".github").rglob("*.yml")), ROOT / ".pre-commit-config.yaml"]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / ".github").rglob("*.md"))]
MAKE = re.compile(r"`make ([^`]+)`|^make ([^#\n]+)", re.MULTILINE)
BY_COMMAND = {"lint-imports": "import-linter"}
"""Packages whose command has another name."""


def load(path: Path) -> Any:  # noqa: ANN401 - a parsed document
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def made(command: str) -> Iterator[str]:
    """The targets that the words after `make` name."""
    return (word for word in command.split() if re.fullmatch(r"[a-z][a-z-]*", word))


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_of_the_project_is_yaml(path: Path) -> None:
    assert isinstance(load(path), dict)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read_and_runs_targets_that_there_are(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert all("permissions" not in job and job["timeout-minutes"] for job in workflow["jobs"].values())
    for step in steps:
        assert "uses" not in step or re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])
    run = [step["run"] for step in steps if "run" in step]
    makes = [command.removeprefix("sudo ") for command in run]
    used = {
        target for command in makes if command.startswith("make ") for target in made(command.removeprefix("make "))
    }
    assert "test" in used
    assert used <= targets()


def test_every_make_command_on_a_page_has_a_target() -> None:
    for page in PAGES:
        for match in MAKE.finditer(page.read_text(encoding="utf-8")):
            assert set(made(match[1] or match[2])) <= targets(), f"{page.relative_to(ROOT)}: {match[0]}"


def test_the_hooks_before_a_commit_use_tools_of_the_virtual_environment() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {re.split(r"[<>=\[]", each)[0] for each in options["dependency-groups"]["dev"]}
    for repository in load(ROOT / ".pre-commit-config.yaml")["repos"]:
        assert repository["repo"] == "local"
        for hook in repository["hooks"]:
            tool = hook["entry"].split()[0].removeprefix(".venv/bin/")
            assert BY_COMMAND.get(tool, tool) in packages


def test_the_dev_container_has_what_the_tests_need() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    built = (ROOT / ".devcontainer" / container["build"]["dockerfile"]).read_text(encoding="utf-8")
    installed = set(re.findall(r"[a-z-]+", built))
    script = (ROOT / "scripts" / "find-registry").read_text(encoding="utf-8")
    (packages,) = re.findall(r"--no-install-recommends ([a-z -]+) >", script)
    assert {"git", "make", *packages.split()} <= installed
    assert container["postCreateCommand"].endswith("make .venv/.dev")
