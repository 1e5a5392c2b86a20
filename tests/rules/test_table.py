"""The table of rules: every rule once, each in words, and no hit without one."""

from __future__ import annotations

from reconciler.model.finding import Severity
from reconciler.rules.table import RULES, severity


def test_names_are_unique_and_descriptions_are_sentences() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(rule.description.endswith(".") and rule.description[0].isalpha() for rule in RULES)


def test_what_the_schema_finds_is_an_error() -> None:
    assert severity("wrong-type") is Severity.ERROR
    assert severity("missing-source") is Severity.WARNING
