"""Selections: which tags they select, in which order, and which selections are errors."""

from __future__ import annotations

import pytest

from reconciler.errors import InputError
from reconciler.model.pattern import AnyOf, Pattern
from reconciler.model.selection import Selection

Said = dict[str, str | tuple[str, ...]]


def ordered(said: Said, tags: str) -> list[str]:
    """The selected tags, the greatest last."""
    selection = Selection.of(said)
    ranked = [(rank, tag) for tag in tags.split() if (rank := selection.rank(tag)) is not None]
    return [tag for _, tag in sorted(ranked, key=lambda pair: pair[0])]


@pytest.mark.parametrize(
    ("said", "tags", "expected"),
    [
        ({"semver": ">=1.4 <2"}, "1.10.0 v1.9.0 latest 2.0.0 1.4 1.4.0 1.3.0", "1.4.0 v1.9.0 1.10.0"),
        ({"semver": "*", "exclude": "-alpine$"}, "1.0.0 1.1.0-alpine 1.1.0", "1.0.0 1.1.0"),
        ({"semver": "*", "match": "^v"}, "1.0.0 v1.1.0", "v1.1.0"),
        ({"semver": "*", "match": ("^v", "^1")}, "1.0.0 v1.1.0 2.0.0", "1.0.0 v1.1.0"),
        ({"semver": "1.x", "regex": "^app-(.+)$"}, "app-1.9.0 app-1.10.0 1.11.0 app-2.0.0", "app-1.9.0 app-1.10.0"),
        (
            {"regex": "^main-[0-9a-f]+-(?P<ts>[0-9]+)$", "order": "number"},
            "main-a-9 main-b-10 x-11",
            "main-a-9 main-b-10",
        ),
        (
            {"regex": "^main-([a-f]+)-([0-9]+)$", "extract": "2", "order": "number"},
            "main-a-2 main-b-1",
            "main-b-1 main-a-2",
        ),
        ({"regex": "^(?P<a>.)(?P<b>.)$", "extract": "$b", "order": "text"}, "a2 b1", "b1 a2"),
        ({"regex": "^(?P<a>.)(?P<b>.)$", "extract": "${b}", "order": "text"}, "a2 b1", "b1 a2"),
        ({"regex": r"^20\d\d\.\d\d\.\d\d$", "order": "text"}, "2024.10.01 2024.09.30 latest", "2024.09.30 2024.10.01"),
        ({"regex": "^r(.+)$", "order": "semver"}, "r1.10.0 r1.9.0 r1.9", "r1.9.0 r1.10.0"),
        ({"regex": "^r(.+)$", "order": "number"}, "r1.5 r1.25 r1e9 r-3 rNaN", "r1.25 r1.5"),
        ({"regex": "^(a)|b$", "order": "text"}, "a b", "a"),
        ({"newest": "true", "exclude": "^tmp-"}, "main tmp-1", "main"),
        ({"newest": "true", "match": ("(?P<a>x)|y", "(?P<a>^z$)")}, "ax by z zz", "ax by z"),
    ],
)
def test_wanted_tags_are_in_the_order_of_the_selection(said: Said, tags: str, expected: str) -> None:
    assert ordered(said, tags) == expected.split()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "it says nothing. Write one of semver, regex with an order, or newest."),
        ({"match": "^v"}, "it says nothing. Write one of semver, regex with an order, or newest."),
        (
            {"semver": "*", "newest": "true"},
            "it says semver and newest. Write one of semver, regex with an order, or newest.",
        ),
        ({"regex": "^v"}, "regex needs an order. Write order: number, text or semver beside it."),
        ({"order": "text"}, "order needs a regex. Write the pattern whose part is to be ordered by."),
        ({"regex": "^v", "order": "age"}, "order is 'age'. Write number, text or semver."),
        ({"regex": "^v", "order": "newest"}, "order is 'newest'. Write number, text or semver."),
        (
            {"newest": "false"},
            "newest is written as newest: true, with match and exclude as filters and without regex.",
        ),
        ({"semver": "*", "extract": "a"}, "extract needs a regex. Write the pattern whose group it names."),
        (
            {"regex": "(a)(b)", "order": "text"},
            "regex has 2 groups. Write extract: with the one to order by.",
        ),
        (
            {"regex": "(a)", "extract": "ts", "order": "text"},
            "extract is 'ts', which is not a group of the regex. Write (?P<name>...) in it.",
        ),
        (
            {"semvr": "*"},
            "'semvr' is unknown. Known are semver, regex, extract, order, newest, match, exclude.",
        ),
        ({"semver": ("1", "2")}, "semver is a list. Write one value."),
        ({"semver": "*", "match": ("a",) * 21}, "match has 21 patterns. Write 20 at most."),
        ({"regex": "(a", "order": "text"}, "regex '(a' is not a pattern of RE2: missing ): (a."),
        ({"semver": "*", "exclude": "(?=a)"}, "exclude '(?=a)' is not a pattern of RE2: invalid perl operator: (?=."),
        ({"semver": "*", "match": r"(a)\1"}, r"match '(a)\\1' is not a pattern of RE2: invalid escape sequence: \\1."),
        ({"semver": "*", "match": ()}, "match is a list of nothing. Write a pattern in it, or take it out."),
        ({"semver": "*", "exclude": ()}, "exclude is a list of nothing. Write a pattern in it, or take it out."),
        (
            {"semver": ">=2 <1"},
            'semver: no version is in \'>=2 <1\'. Write a range such as ">=1.4 <2", or "*".',
        ),
        (
            {"semver": ">1.4 !=x"},
            'semver: no version is in \'>1.4 !=x\'. Write a range such as ">=1.4 <2", or "*".',
        ),
        ({"semver": "*", "match": ""}, "match is empty or longer than 200 characters. Write a shorter pattern."),
        ({"semver": "*", "match": "a" * 201}, "match is empty or longer than 200 characters. Write a shorter pattern."),
    ],
)
def test_an_impossible_selection_gives_advice(said: Said, message: str) -> None:
    with pytest.raises(InputError) as caught:
        Selection.of(said)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"semver": ">=1.4 <2"}, "semver >=1.4 <2"),
        ({"regex": "^(.)$", "order": "text"}, "regex ^(.)$ by text"),
        ({"newest": "true"}, "newest"),
    ],
)
def test_a_selection_is_shown_in_a_few_words(said: Said, text: str) -> None:
    assert str(Selection.of(said)) == text


@pytest.mark.parametrize("text", ["(a*)*b", "(a|a)*b", "(a?){60}a{60}b", ".*.*.*.*.*.*b"])
def test_no_pattern_of_the_branch_can_stop_a_pass(text: str) -> None:
    pattern = AnyOf.parse([text], "match")
    # A backtracking engine would need longer than the time limit of every test.
    assert not any(pattern.matches("a" * 127 + str(number % 10)) for number in range(1000))


@pytest.mark.parametrize("text", ["a{2000}", "((a{100}){100}){100}", "[[:word:"])
def test_a_pattern_that_is_too_large_or_cut_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is not a pattern of RE2"):
        Pattern.parse(text, "match")


def test_patterns_that_are_too_large_together_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        AnyOf.parse([f".{{0,{number}}}[a-z{number}]x" for number in range(900, 920)], "match")
    assert str(caught.value) == ("match has too much in its patterns together: pattern too large - compile failed.")
