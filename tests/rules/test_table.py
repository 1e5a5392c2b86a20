"""The table of rules: every rule once, with a description, and no hit without a rule."""

from __future__ import annotations

import ast
from pathlib import Path

from reconciler.model.finding import Severity
from reconciler.rules import stream_object, table
from reconciler.rules.table import RULES, severity
from reconciler.schema.sentence import RULES as SCHEMA_RULES

ROOT = Path(table.__file__).parents[1]
NAMES = {rule.name for rule in RULES}


def trees() -> list[ast.Module]:
    """The modules with rules, without the table."""
    rooms = ("rules", "reading", "query", "model")
    files = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py")) if path.name != "table.py"]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in files]


def test_every_hit_is_of_a_rule_of_the_table_or_of_the_schema() -> None:
    calls = [node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    hits = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in {"Hit", "_hit"} and call.args]
    named = {call.args[0].value for call in hits if isinstance(call.args[0], ast.Constant)}
    assert named
    assert named - NAMES - set(SCHEMA_RULES) == set()


def test_every_rule_of_the_table_is_used() -> None:
    texts = {node.value for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert NAMES - texts == set()


def test_every_rule_function_of_a_stream_has_a_docstring() -> None:
    functions = [*stream_object.STREAM_RULES, *stream_object.TAG_RULES]
    assert [rule.__name__ for rule in functions if not rule.__doc__] == []


def test_names_are_unique_and_descriptions_are_sentences() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(rule.description.endswith(".") and rule.description[0].isalpha() for rule in RULES)


def test_findings_of_the_schema_are_errors() -> None:
    assert severity("wrong-type") is Severity.ERROR
    assert severity("missing-source") is Severity.WARNING


def test_every_rule_has_an_example() -> None:
    tests = Path(__file__).parents[1]
    files = [*(tests / "golden").rglob("expected.txt"), *tests.rglob("test_*.py")]
    said = "".join(path.read_text(encoding="utf-8") for path in files)
    assert [rule.name for rule in RULES if f"[{rule.name}]" not in said and f'"{rule.name}"' not in said] == []
