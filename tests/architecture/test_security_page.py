"""The page about security names existing tests for every row, and the bounds of the program."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from reconciler import settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
TEXT = PAGE.read_text(encoding="utf-8")
TEST = re.compile(r"\[(test_\w+)\]\(([^)]+)\)")
BOUND = re.compile(r"^\| [^|]+ \| ([^|]+) \| `([\w.]+)` \|$", re.MULTILINE)
VALUE = re.compile(r"([\d,]+)(?: (KiB|MiB|s|h))?")
UNITS = {None: 1, "s": 1, "h": 3600, "KiB": settings.KIB, "MiB": settings.MIB}
TUNING = {
    "MAX_COMPARED": "gitstore.work_tree.interrupted_checkout",
    "MAX_ENTRIES": "watch.stamp",
    "MAX_FOLDERS": "watch.watch",
    "MAX_KEPT": "transport.session",
    "MAX_LOOSE": "gitstore.mirror.mirror",
    "MAX_NAMED": "gitstore.work_tree.checkout",
    "MAX_PACKS": "gitstore.mirror.mirror",
    "MAX_PATHS": "provenance.log",
    "MAX_PATHSPECS": "gitstore.commit_files",
    "MAX_CACHED": "reconcile.registries",
    "MAX_VERSIONS": "provenance.tag_request",
}
"""Numbers that limit the program's own work, not foreign input; each with its module."""


def sentences() -> list[str]:
    """The rows of the tables about what an attacker can or cannot do."""
    return [line for line in TEXT.splitlines() if line.startswith(("| can ", "| cannot "))]


def program() -> Iterator[str]:
    """Every number of the settings, and every constant that is named as a bound."""
    for path in sorted((ROOT / "reconciler").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT / "reconciler").with_suffix("").parts)
        if module.startswith("demo."):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            name = target.id if isinstance(target, ast.Name) else ""
            number = module == "settings" and isinstance(getattr(settings, name, None), int | float)
            if (number or name.startswith("MAX_")) and TUNING.get(name) != module and name not in {"KIB", "MIB"}:
                yield f"{module}.{name}"


def value(bound: str) -> float:
    """The value of `MODULE.CONSTANT`, or of `MODULE.CLASS.FIELD`."""
    module, _, name = bound.rpartition(".")
    if module.rpartition(".")[2][0].isupper():
        module, _, owner = module.rpartition(".")
        return float(getattr(getattr(import_module(f"reconciler.{module}"), owner)(), name))
    return float(getattr(import_module(f"reconciler.{module}"), name))


@pytest.mark.parametrize("sentence", sentences(), ids=range(len(sentences())))
def test_a_sentence_names_tests_that_are_there(sentence: str) -> None:
    cells = sentence.strip("|").split(" | ")
    assert len(cells) == len(("can or cannot", "what", "tested by"))
    tests = TEST.findall(cells[-1])
    assert tests, "a sentence without a test"
    assert TEST.sub("", cells[-1]).strip(" ,|") == ""
    for name, link in tests:
        text = (PAGE.parent / link).read_text(encoding="utf-8")
        assert re.search(rf"^\s*def {name}\(", text, re.MULTILINE), f"{link} has no {name}"


def test_every_section_about_an_attacker_has_sentences() -> None:
    attackers, _, _ = TEXT.partition("\n# Limits\n")
    sections = re.split(r"^## ", attackers, flags=re.MULTILINE)[1:]
    assert len(sections) > len({"references", "branch", "registry", "port"})
    assert [
        each.partition("\n")[0] for each in sections if not re.search(r"^\| (can|cannot) \|", each, re.MULTILINE)
    ] == []


def test_every_test_that_the_page_names_elsewhere_is_there() -> None:
    for name, link in TEST.findall(TEXT):
        assert re.search(rf"^\s*def {name}\(", (PAGE.parent / link).read_text(encoding="utf-8"), re.MULTILINE), name


def test_every_file_that_the_page_names_is_there() -> None:
    assert [each for each in re.findall(r"`(reconciler/[\w/.]+)`", TEXT) if not (ROOT / each).exists()] == []


def test_bounds_are_those_on_the_page() -> None:
    page = {name: shown for shown, name in BOUND.findall(TEXT)}
    assert page
    wrong = []
    for name, shown in page.items():
        match = VALUE.fullmatch(shown)
        assert match is not None, shown
        if int(match[1].replace(",", "")) * UNITS[match[2]] != value(name):
            wrong.append(f"{name} is {value(name):g}, not {shown}")
    assert wrong == []


def test_every_bound_of_the_program_is_on_the_page() -> None:
    """A new bound needs a row in docs/security.md, or a place in TUNING if it does not limit foreign input."""
    page = {name for _, name in BOUND.findall(TEXT)}
    assert sorted(set(program()) - page) == []
