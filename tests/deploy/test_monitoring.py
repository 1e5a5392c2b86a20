"""The dashboard and the alert rules name existing metrics and labels, in valid PromQL."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser
import pytest

from reconciler.model.change import ChangeKind
from reconciler.model.observation import Reason
from reconciler.reconcile.writer import Push
from reconciler.server.hooks.answer import RESULTS
from reconciler.telemetry.metrics import METRICS, Metrics, MetricType
from tests.deploy.conftest import DEPLOY, load
from tests.kit.pages import anchors

RULES: list[dict[str, Any]] = load(DEPLOY / "prometheus/alerts.yaml")["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/imagestream.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
SCRAPED = {"job", "instance"}
"""Labels that Prometheus adds."""
VALUES = {
    ("imagestream_pushes_total", "result"): {str(each) for each in Push},
    ("imagestream_hooks_total", "result"): set(RESULTS.values()),
    ("imagestream_problems", "reason"): {str(each) for each in Reason},
    ("imagestream_registry_questions_total", "result"): {str(each) for each in Reason} | {"found"},
    ("imagestream_changes_total", "change"): {str(each) for each in ChangeKind},
}
"""Labels with values of our own."""


@dataclass(frozen=True)
class Selector:
    """One metric that an expression reads, with its matchers."""

    name: str
    matchers: tuple[tuple[str, str, str], ...]


def expressions() -> Iterator[tuple[str, str]]:
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in PANELS:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")


EXPRESSIONS = list(expressions())


def nodes(node: object) -> Iterator[object]:
    """The node and everything below it."""
    yield node
    for name in ("lhs", "rhs", "expr", "vector_selector", "vs", "param"):
        below = getattr(node, name, None)
        if below is not None:
            yield from nodes(below)
    for argument in getattr(node, "args", None) or ():
        yield from nodes(argument)


def selectors(expression: str) -> list[Selector]:
    found = [each for each in nodes(promql_parser.parse(expression)) if isinstance(each, promql_parser.VectorSelector)]
    return [
        Selector(str(each.name), tuple((m.name, str(m.op).rpartition(".")[2], m.value) for m in each.matchers.matchers))
        for each in found
    ]


def series() -> dict[str, set[str]]:
    """The labels of every series that can be scraped; this process gives those about the process."""
    found = dict[str, set[str]]()
    for metric in METRICS.values():
        names = [metric.name]
        if metric.type is MetricType.HISTOGRAM:
            names = [f"{metric.name}{end}" for end in ("_bucket", "_sum", "_count")]
        for name in names:
            found[name] = set(metric.labels) | ({"le"} if name.endswith("_bucket") else set())
    exposition = Metrics().exposition().decode()
    found |= {name: set() for name in re.findall(r"^(process_\w+) ", exposition, re.MULTILINE)}
    return found


def test_the_selectors_of_an_expression_are_found_wherever_they_stand() -> None:
    expression = 'sum by (x) (rate(a_total{l=~"v"}[5m])) / on (y) (b and c) > scalar(d) or histogram_quantile(0.9, e)'
    assert [each.name for each in selectors(expression)] == ["a_total", "b", "c", "d", "e"]
    assert selectors(expression)[0].matchers == (("l", "Re", "v"),)


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_every_metric_and_label_is_one_of_ours(where: str, expression: str) -> None:
    known = series()
    found = selectors(expression)
    assert found, where
    assert set(re.findall(r"imagestream_\w+|process_\w+", expression)) == {each.name for each in found}
    for each in found:
        assert each.name in known
        assert {label for label, _, _ in each.matchers} <= known[each.name] | SCRAPED
    labels = {label for each in found for label in known[each.name]} | SCRAPED
    grouped = {
        word.strip() for words in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression) for word in words.split(",")
    }
    assert grouped <= labels


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_every_value_of_a_label_is_one_that_it_has(where: str, expression: str) -> None:
    for selector in selectors(expression):
        for label, _, value in selector.matchers:
            if label not in SCRAPED:
                assert set(value.split("|")) <= VALUES[selector.name, label], where


def test_a_metric_that_was_renamed_would_be_found() -> None:
    with pytest.raises(AssertionError):
        test_every_metric_and_label_is_one_of_ours("x", "imagestream_pushes > 1")
    with pytest.raises(AssertionError):
        test_every_value_of_a_label_is_one_that_it_has("x", 'imagestream_pushes_total{result="lost"} > 1')


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_every_alert_says_what_is_and_where_it_is_written_what_to_do(rule: dict[str, Any]) -> None:
    assert re.fullmatch(r"Imagestream[A-Z]\w+", rule["alert"])
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert page == "docs/operations.md"
    assert anchor in anchors(DEPLOY.parent / page)
    used = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    labels = {label for each in selectors(rule["expr"]) for label in series()[each.name]} | SCRAPED
    assert used <= labels


def test_every_alert_has_a_section_of_its_own() -> None:
    links = [rule["annotations"]["runbook_url"] for rule in RULES]
    assert len(set(links)) == len(RULES) == 12


@pytest.mark.promtool
def test_prometheus_itself_takes_the_rules_and_they_fire_when_they_should() -> None:
    promtool = shutil.which("promtool")
    assert promtool, "promtool is not installed: Debian has it in the package prometheus"
    for words in (("check", "rules", "alerts.yaml"), ("test", "rules", "alerts.test.yaml")):
        done = subprocess.run(
            [promtool, *words], cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tested_both_ways() -> None:
    tests = load(DEPLOY / "prometheus/alerts.test.yaml")["tests"]
    cases = [(case["alertname"], bool(case["exp_alerts"])) for test in tests for case in test["alert_rule_test"]]
    assert {(rule["alert"], fires) for rule in RULES for fires in (True, False)} <= set(cases)


def test_panels_have_numbers_places_and_words() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS) == 20
    assert all(panel["title"] and panel["description"] for panel in PANELS)
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in PANELS)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert max(x for x, _ in taken) < 24
    assert len(set(taken)) == len(taken)


def test_panels_query_the_chosen_source_and_instances() -> None:
    assert [each["name"] for each in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]
    for panel in PANELS:
        for target in panel["targets"]:
            assert panel["datasource"] == target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
            assert 'instance=~"$instance"' in target["expr"]


def test_every_metric_of_ours_is_on_the_dashboard() -> None:
    shown = {each.name.removesuffix("_bucket") for _, expression in EXPRESSIONS for each in selectors(expression)}
    assert set(METRICS) - shown == set()
