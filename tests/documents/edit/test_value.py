"""Plain values: equality, union, and the value at a path."""

from __future__ import annotations

import pytest

from reconciler.documents.edit.value import same, union, value_at, with_value_at


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (1, 1.0), (0, False), ("1", 1), (None, ""), ([], {}), ({"a": 1}, {"a": 1, "b": None}), ([1], [1, 1])],
)
def test_values_of_different_types_are_not_the_same(one: object, other: object) -> None:
    assert not same(one, other)
    assert same([one], [one])


def test_nan_equals_nan_and_the_order_of_keys_does_not_matter() -> None:
    assert same({"a": float("nan"), "b": [1]}, {"b": [1], "a": float("nan")})


def test_a_union_has_the_wanted_and_the_current_values() -> None:
    assert union({"a": 1, "b": {"c": 2}, "d": [1, 2]}, {"b": {"e": 3}, "d": [1], "a": 4}) == {
        "a": 4,
        "b": {"c": 2, "e": 3},
        "d": [1, 2],
    }
    assert union([{"a": 1}], [{"b": 2}, 3]) == [{"a": 1, "b": 2}, 3]


DEPLOYMENT: dict[str, object] = {"spec": {"containers": [{"name": "a", "image": "one"}, {"name": "b"}]}}


def test_a_path_leads_through_mappings_and_lists() -> None:
    assert value_at(DEPLOYMENT, ("spec", "containers", 0, "image")) == "one"
    assert value_at(DEPLOYMENT, ("spec", "volumes")) is None
    assert value_at(DEPLOYMENT, ()) is DEPLOYMENT


def test_another_value_at_a_path_leaves_the_original_as_it_was() -> None:
    done = with_value_at(DEPLOYMENT, ("spec", "containers", 1, "image"), "two")
    assert value_at(done, ("spec", "containers")) == [{"name": "a", "image": "one"}, {"name": "b", "image": "two"}]
    assert value_at(DEPLOYMENT, ("spec", "containers", 1, "image")) is None


def test_missing_mappings_on_the_way_are_made() -> None:
    assert with_value_at({}, ("metadata", "annotations", "a"), "b") == {"metadata": {"annotations": {"a": "b"}}}
