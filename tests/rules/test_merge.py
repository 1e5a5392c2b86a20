"""Contradictions between declarations of one stream."""

from __future__ import annotations

from reconciler.model.finding import Position
from reconciler.model.name import StreamName
from reconciler.rules.merge import clashing_tags, clashing_values

APP = StreamName("team-a", "app")
APART = (
    "Keep one of them, or leave files out with streams.exclude. If they are two streams, give each its "
    "metadata.namespace, or their folders theirs with namespaces: in reconciler.yaml."
)


def at(line: int, file: str = "a.yaml") -> Position:
    return Position(file, line, 5)


def test_tags_declared_once_do_not_clash() -> None:
    assert list(clashing_tags(APP, {"a": [at(1)], "b": [at(2)]})) == []


def test_a_tag_declared_twice_is_reported_at_each_place() -> None:
    found = list(clashing_tags(APP, {"prod": [at(3), at(9, "b.yaml")]}))
    assert [(str(clash.position), clash.message, clash.tag) for clash in found] == [
        ("a.yaml:3:5", f"tag prod of team-a/app is declared twice, also at b.yaml:9. {APART}", "prod"),
        ("b.yaml:9:5", f"tag prod of team-a/app is declared twice, also at a.yaml:3. {APART}", "prod"),
    ]


def test_a_tag_with_the_same_content_in_several_files_is_a_warning() -> None:
    found = list(clashing_tags(APP, {"prod": [at(3), at(9, "b.yaml")]}, {"prod"}))
    assert [(clash.rule, clash.message) for clash in found] == [
        ("repeated-tag", f"tag prod of team-a/app is declared alike, also at b.yaml:9. {APART}"),
        ("repeated-tag", f"tag prod of team-a/app is declared alike, also at a.yaml:3. {APART}"),
    ]


def test_a_message_about_a_tag_with_many_places_names_three_others() -> None:
    found = list(clashing_tags(APP, {"prod": [at(line) for line in range(1, 7)]}))
    assert found[0].message == (
        "tag prod of team-a/app is declared twice, also at a.yaml:2, a.yaml:3, a.yaml:4 and 2 more. Keep one of them."
    )


def test_tags_that_differ_only_in_case_are_reported_at_each_place() -> None:
    found = list(clashing_tags(APP, {"prod": [at(1)], "Prod": [at(2)], "x": [at(3)]}))
    assert [(clash.rule, clash.message) for clash in found] == [
        ("tag-case", "tag prod of team-a/app differs only in case from Prod. Rename one of them."),
        ("tag-case", "tag Prod of team-a/app differs only in case from prod. Rename one of them."),
    ]


def test_a_message_about_many_spellings_of_a_tag_names_three_others() -> None:
    found = list(clashing_tags(APP, {name: [at(1)] for name in ("prod", "Prod", "pRod", "prOd", "proD")}))
    assert found[0].message == (
        "tag prod of team-a/app differs only in case from Prod, pRod, prOd and 1 more. Rename one of them."
    )


def test_ten_thousand_places_take_little_time() -> None:
    found = list(clashing_tags(APP, {"prod": [at(line) for line in range(1, 10_001)]}))
    assert len(found) == 10_000
    assert found[-1].message.endswith("also at a.yaml:1, a.yaml:2, a.yaml:3 and 9996 more. Keep one of them.")


def test_different_values_are_reported_at_each_place_and_equal_ones_are_not() -> None:
    assert list(clashing_values("contradiction", "x of y", [("a", at(1)), ("a", at(2))])) == []
    found = list(clashing_values("contradiction", "x of y", [("a", at(1)), ("b", at(2))]))
    assert [clash.message for clash in found] == [
        "x of y has another value at a.yaml:2. Keep one of them.",
        "x of y has another value at a.yaml:1. Keep one of them.",
    ]
