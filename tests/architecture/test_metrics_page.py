"""Every metric, label and value that a page names exists; `docs/reference.md` has the whole table."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.daemon.istag_gauge import STATES
from reconciler.server.hooks.answer import RESULTS
from reconciler.telemetry.metrics import METRICS

DOCS = Path(__file__).parents[2] / "docs"
NAME = re.compile(r"\b(imagestream_[a-z_]+)(?:\{([^}]*)\})?")
LABEL = re.compile(r"([a-z]+)(?:=|!=|=~|!~)\"([^\"]*)\"")


def test_every_metric_and_label_on_a_page_is_one_of_the_program() -> None:
    found = [match for page in DOCS.glob("*.md") for match in NAME.finditer(page.read_text(encoding="utf-8"))]
    assert len(found) > len(METRICS)
    for match in found:
        name, labels = match[1], LABEL.findall(match[2] or "")
        assert name in METRICS, name
        assert {label for label, _ in labels} <= set(METRICS[name].labels), match[0]


def test_every_value_that_the_page_on_operations_looks_for_is_one_that_comes() -> None:
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    values = {label: set[str]() for label in ("state", "result")}
    for match in NAME.finditer(page):
        for label, value in LABEL.findall(match[2] or ""):
            values.setdefault(label, set()).add(value)
    assert values["state"]
    assert values["state"] <= {str(state) for state in STATES}
    assert values["result"]
    assert values["result"] <= set(RESULTS.values())
