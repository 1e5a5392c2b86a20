"""Adopting: any export is read or gives findings, and its histories are ones that an adoption may write."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.documents.render.history import render_history
from reconciler.edit.adopt.export import ExportOptions
from reconciler.edit.adopt.export_reader import read_exports
from reconciler.edit.adopt.exported_history import cut
from reconciler.model.history import TagHistory
from reconciler.planning.own_step import is_step
from reconciler.planning.trailers import RecordedChange
from reconciler.reading.owned_file import read_history
from tests.kit.export import INTERNAL, docker, event, events, exported, follows, listed

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(
        ["", "x", "a b", "é", "1.10", "\n", "Tag: x", "sha256:" + "a" * 64, f"{INTERNAL}/a/b", "2024-05-01"]
    ),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.sampled_from(["name", "items", "kind", "tag"]), st.none(), max_size=2),
)


def whole() -> dict[str, Any]:
    tags = {"prod": docker("registry.example/app:1", scheduled=True), "test": follows("prod"), "ref": docker("a:1")}
    status = {"prod": events("cba"), "test": events("ba"), "ref": [event(None, 1, "a:1")], "pushed": events("f")}
    return exported(tags, status)


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path to every value inside this one."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, child in children for each in paths(child, (*path, key)))]


WAYS = paths(whole())[1:]


def spoilt(changes: list[tuple[tuple[str | int, ...], object]]) -> dict[str, Any]:
    """The export with other values in some places, as far as the places still exist."""
    stream = copy.deepcopy(whole())
    for path, value in changes:
        there: Any = stream
        for step in path[:-1]:
            there = there[step] if _has(there, step) else None
        if isinstance(there, dict) or _has(there, path[-1]):
            there[path[-1]] = value
    return stream


def _has(value: object, step: str | int) -> bool:
    """Whether a mapping has that key, or a list that index."""
    return (isinstance(value, dict) and step in value) or (
        isinstance(value, list) and isinstance(step, int) and step < len(value)
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(WAYS), ODD), min_size=1, max_size=3), st.integers(1, 4))
def test_an_export_that_is_odd_anywhere_gives_only_histories_that_may_be(
    changes: list[tuple[tuple[str | int, ...], object]], limit: int
) -> None:
    export = read_exports({"export.json": listed(spoilt(changes))}, ExportOptions("default"))
    for stream in export.streams:
        for name, whole_stack in stream.stacks.items():
            stack = cut(whole_stack, limit)
            top = stack[0].identity
            assert is_step(RecordedChange(name, top, None, None, "adopted"), (), stack, ())
            assert read_history(render_history(TagHistory(name, stack)), name.history_path, name).items == stack
    assert all("\n" not in finding.message for finding in export.findings)
