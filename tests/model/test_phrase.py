"""Phrases: a number with its noun, the first of many names, and a chain of names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.model.phrase import MAX_STEPS, chain, first_of, plural, some


@pytest.mark.parametrize(("number", "text"), [(0, "0 tags"), (1, "1 tag"), (2, "2 tags")])
def test_one_thing_has_no_s(number: int, text: str) -> None:
    assert plural(number, "tag") == text


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b"), "a, b"),
        (("a", "b", "c"), "a, b and 1 more"),
        (range(9), "0, 1 and 7 more"),
    ],
)
def test_the_others_are_counted(names: tuple[object, ...], text: str) -> None:
    assert some(names, 2) == text


def test_no_more_names_are_made_than_are_shown() -> None:
    made: list[int] = []

    def names() -> Iterator[int]:
        for number in range(10_000):
            made.append(number)
            yield number

    assert first_of(names(), 10_000, 3) == "0, 1, 2 and 9997 more"
    assert made == [0, 1, 2]


def test_a_long_chain_is_cut_before_its_last_name() -> None:
    assert chain("ab", "c") == "a -> b -> c"
    assert chain(range(MAX_STEPS + 1), "last").endswith(f"{MAX_STEPS - 1} -> … -> last")
