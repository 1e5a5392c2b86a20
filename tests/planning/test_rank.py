"""Selection by rank: versions, and tags that are not versions only because of a 0."""

from __future__ import annotations

import pytest

from reconciler.model.observation import Reason
from reconciler.model.plan import Problem
from tests.kit.selecting import (
    PROD,
    Warehouse,
    passed,
    recorded,
    selecting,
    world,
)
from tests.kit.world import FILE, digest

RANGE = {"semver": ">=1.4 <2"}
PASSED_OVER = (
    "quay.io/acme/app:2026.02.0 is left out: with a 0 in front of a number it is not a version (SemVer 2). "
    "Publish it without the 0, or select with regex and order: text."
)


def only_problem(problems: tuple[Problem, ...], reason: Reason) -> str:
    assert [(each.tag, each.reason, each.file, each.line) for each in problems] == [(PROD, reason, FILE, 10)]
    return problems[0].message


@pytest.mark.parametrize("before", ["", "2025.11.1=a"])
def test_a_tag_that_would_be_the_greatest_but_for_a_zero_in_front_is_reported_and_is_not_a_failure(before: str) -> None:
    shelf = Warehouse({"2025.11.1": "a", "2026.02.0": "b", "2026.01.0": "c"})
    tag = selecting({"semver": ">=2025.0.0"})
    result = passed(world(tag, recorded(before)) if before else world(tag), shelf)
    assert [change.image for change in result.changes] == ([] if before else [digest("a")])
    (problem,) = result.problems
    assert (problem.message, problem.is_failure) == (f"team-a/app:prod: {PASSED_OVER}", False)


@pytest.mark.parametrize(
    ("policy", "tags"),
    [
        ({"semver": ">=2025.0.0"}, "2026.02.0 2026.10.0"),
        ({"semver": "<2026"}, "2025.1.0 2026.02.0"),
        ({"semver": ">=2025.0.0", "exclude": "2026.02*"}, "2025.1.0 2026.02.0"),
        ({"regex": "^[0-9.]+$", "order": "text"}, "2025.1.0 2026.02.0"),
    ],
)
def test_a_zero_in_front_that_makes_no_difference_is_not_reported(policy: dict[str, str], tags: str) -> None:
    result = passed(world(selecting(policy)), Warehouse(dict.fromkeys(tags.split(), "a")))
    assert (len(result.changes), result.problems) == (1, ())


def test_if_nothing_else_fits_the_zero_in_front_is_the_reason() -> None:
    result = passed(world(selecting({"semver": ">=2025.0.0"})), Warehouse({"2026.02.0": "b"}))
    assert only_problem(result.problems, Reason.NOT_FOUND) == (
        f"team-a/app:prod: no tag of quay.io/acme/app fits (semver >=2025.0.0). {PASSED_OVER}"
    )
