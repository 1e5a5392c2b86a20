"""Frozen mappings: they cannot be changed, and nothing else changes them."""

from __future__ import annotations

import pytest

from reconciler.model.finding import Position
from reconciler.model.frozen import frozen
from reconciler.model.stream import SpecTag


def test_a_frozen_mapping_cannot_be_changed() -> None:
    made = frozen({"a": 1})
    with pytest.raises(TypeError, match="does not support item assignment"):
        made["a"] = 2  # type: ignore[index]
    assert made == {"a": 1}


def test_a_change_of_the_original_does_not_show() -> None:
    original = {"a": 1}
    made = frozen(original)
    original["a"] = 2
    assert made == {"a": 1}


def test_the_order_stays_and_a_frozen_mapping_is_not_copied() -> None:
    made = frozen({"b": 1, "a": 2})
    assert list(made) == ["b", "a"]
    assert frozen(made) is made


def test_values_freeze_their_mappings_when_they_are_made() -> None:
    annotations = {"description": "one"}
    tag = SpecTag("prod", None, Position("is.yaml"), annotations=annotations)
    annotations["description"] = "two"
    assert tag.annotations == {"description": "one"}
