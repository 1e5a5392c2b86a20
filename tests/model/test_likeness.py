"""The known names that were probably meant by an unknown one."""

from __future__ import annotations

import pytest

from reconciler.model.likeness import alike, nearest, nearest_word

KNOWN = [
    "team-a/app",
    "team-a/app:prod",
    "team-a/app:test",
    "team-a/web",
    "team-a/web:1.4.2",
    "team-b/app",
    "team-b/app:prod",
    "default/tool",
    "default/tool:latest",
]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("default/app", ("team-a/app", "team-b/app")),
        ("default/app:prod", ("team-a/app:prod", "team-b/app:prod")),
        ("default/app:test", ("team-a/app:test",)),
        ("default/app:none", ("team-a/app", "team-b/app")),
        ("team-a/ap:prod", ("team-a/app:prod",)),
        ("team-a/app:prd", ("team-a/app:prod",)),
        ("team-a/App:Prod", ("team-a/app:prod",)),
        ("default/ap:tset", ("team-a/app:test",)),
        ("teem-a/web", ("team-a/web",)),
        ("team-a/web:1.4.3", ("team-a/web:1.4.2",)),
        ("team-b/web:prod", ("team-a/web",)),
        ("team-a/wbe", ("team-a/web",)),
        ("team-a/app:none", ()),
        ("team-a/other", ()),
        ("team-a/app:prod", ()),
        ("team-a/", ()),
        ("", ()),
    ],
)
def test_the_nearest_names_come_first(name: str, meant: tuple[str, ...]) -> None:
    assert nearest(name, KNOWN) == meant


def test_no_more_than_three_are_named() -> None:
    assert len(nearest("default/app", [f"team-{number}/app" for number in range(9)])) == 3


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [("prod", "prod", True), ("prd", "prod", True), ("dve", "dev", True), ("dev", "new", False)],
)
def test_words_are_alike_when_most_of_them_is_the_same(one: str, other: str, near: bool) -> None:
    assert (alike(one, other) is not None) is near


@pytest.mark.parametrize(
    ("word", "meant"),
    [("sheduled", "scheduled"), ("SCHEDULED", "scheduled"), ("importmode", "importMode"), ("odd", None), ("", None)],
)
def test_a_misspelt_field_is_near_the_one_that_was_meant(word: str, meant: str | None) -> None:
    assert nearest_word(word, ["scheduled", "insecure", "importMode"]) == meant
