"""Findings as values."""

from __future__ import annotations

from reconciler.model.finding import field_name


def test_paths_are_written_as_people_write_them() -> None:
    assert field_name(("spec", "tags", 2, "from", "kind")) == "spec.tags[2].from.kind"
    assert field_name(("items", 0)) == "items[0]"
    assert field_name(()) == ""
