"""No test skips: a test with special needs has a marker, and a target of the Makefile runs it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.kit.apart import APART, is_deselected

ROOT = Path(__file__).parents[2]
SKIP = re.compile(r"\bpytest\.skip\(|\bmark\.skip|\bimportorskip\(|\bunittest\.skip|\bSkipTest\b")


def test_no_test_skips() -> None:
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    assert [str(path) for path in tests if SKIP.search(path.read_text(encoding="utf-8"))] == []


def test_every_marker_is_apart_and_has_a_target_that_selects_it() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert {marker.partition(":")[0] for marker in options["markers"]} == APART.keys()
    recipes = (ROOT / "Makefile").read_text(encoding="utf-8") + (ROOT / "scripts/image-test").read_text(
        encoding="utf-8"
    )
    selected = {
        word for words in re.findall(r"pytest .*-m (\"[^\"]+\"|\w+)", recipes) for word in re.findall(r"\w+", words)
    }
    assert APART.keys() <= selected
    targets = re.findall(r"^([a-z-]+):", recipes, re.MULTILINE)
    assert {command.split()[1] for command in APART.values()} <= set(targets)


@pytest.mark.parametrize(
    ("marks", "expression", "left_out"),
    [
        ((), "", False),
        (("parametrize",), "soak", False),
        (("corpus",), "", True),
        (("corpus",), "not soak", True),
        (("corpus",), "corpus", False),
        (("soak", "corpus"), "soak", True),
        (("soak", "corpus"), "soak and corpus", False),
        (("systemd",), "promtool or systemd", False),
    ],
)
def test_a_test_that_is_apart_runs_only_where_all_its_markers_are_named(
    marks: tuple[str, ...], expression: str, *, left_out: bool
) -> None:
    assert is_deselected(marks, expression) is left_out
